import type { ToolKind } from '../../../../src/event/tool-kind.ts';

/** Line icons on a 16 px grid, drawn by stroke in the text's colour. Kept as data: one row an icon. */
const PATHS = {
  terminal: 'M2.5 3.5h11v9h-11zM5 6.5 6.8 8 5 9.5M8.5 9.8h2.5',
  file: 'M4 1.8h5L12.2 5v9.2H4zM9 1.8V5h3.2',
  pencil: 'M3 13l.6-2.7 7.2-7.2 2.1 2.1-7.2 7.2zM9.4 4.5l2.1 2.1',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 13.6 13.6',
  bot: 'M3.5 6h9v7h-9zM8 3.2V6M8 3.2h.01M6 9h.01M10 9h.01M1.8 8.4v2.2M14.2 8.4v2.2',
  globe: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2.2 1.8 2.2 10.2 0 12M8 2c-2.2 1.8-2.2 10.2 0 12',
  checks: 'M2.2 4.2l1.2 1.2 2-2.2M2.2 10.2l1.2 1.2 2-2.2M8 4.5h6M8 10.5h6',
  plug: 'M6 2v3.2M10 2v3.2M4 5.2h8v2.3a4 4 0 0 1-8 0zM8 11.5V14',
  wrench:
    'M13.5 4.2a3.4 3.4 0 0 1-4.4 4.3L4.6 13a1.5 1.5 0 0 1-2.1-2.1L7 6.4A3.4 3.4 0 0 1 11.3 2L9.4 3.9l.4 1.8 1.8.4z',
  thought: 'M5.2 11.2H4.8a3.1 3.1 0 0 1-.6-6.1 4 4 0 0 1 7.7.3 2.9 2.9 0 0 1-.5 5.8H9.6M7 13.6h.01M5 14.6h.01',
  text: 'M2.5 4h11M2.5 7h11M2.5 10h7M2.5 13h9',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.4v3.4M8 5.2h.01',
  warning: 'M8 2.2 14.4 13.4H1.6zM8 6.4v3.2M8 11.4h.01',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2',
  ok: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.4 8.2 7.2 10l3.4-3.8',
  check: 'M3 8.6 6.4 12 13 4.4',
  cross: 'M4 4l8 8M12 4l-8 8',
  play: 'M4.5 2.8v10.4L13 8z',
  pause: 'M5 3v10M11 3v10',
  flag: 'M3.5 14V2.5h8.2L10 5.5l1.7 3H3.5',
  bell: 'M3.5 11.5h9l-1.3-1.8V6.8a3.2 3.2 0 0 0-6.4 0v2.9zM6.8 13.6h2.4M8 3.6V2.2',
  bookmark: 'M4.5 2.2h7v11.6L8 11l-3.5 2.8z',
  refresh: 'M13.2 8A5.2 5.2 0 1 1 11.4 4M11.6 1.6V4.4H8.8',
  arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
  image: 'M2 3h12v10H2zM2 11l3.4-3.4 2.6 2.6 2.4-2.4L14 11.2M5 5.8h.01',
  braces:
    'M6 2.5c-2 0-2 1-2 2.5s0 2.4-1.6 3C4 8.6 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 2.4 1.6 3C12 8.6 12 9.5 12 11s0 2.5-2 2.5',
  code: 'M5.5 4 1.8 8l3.7 4M10.5 4l3.7 4-3.7 4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.4',
  ring: 'M8 13.2A5.2 5.2 0 1 0 8 2.8a5.2 5.2 0 0 0 0 10.4z',
  dot: 'M8 9.5A1.5 1.5 0 1 0 8 6.5a1.5 1.5 0 0 0 0 3z',
  skip: 'M3 3.5v9L9 8zM12 3.5v9',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  link: 'M6.6 9.4a2.7 2.7 0 0 0 3.8 0l2.3-2.3a2.7 2.7 0 0 0-3.8-3.8l-.8.8M9.4 6.6a2.7 2.7 0 0 0-3.8 0L3.3 8.9a2.7 2.7 0 0 0 3.8 3.8l.8-.8',
  expand: 'M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9',
  open: 'M7 3H3v10h10V9M9.5 2.5h4v4M13.5 2.5 7.5 8.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  down: 'M8 2.5v11M3.5 9 8 13.5 12.5 9',
  up: 'M8 13.5v-11M3.5 7 8 2.5 12.5 7',
  save: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 11v2.5h11V11',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  home: 'M2.5 7.5 8 2.8l5.5 4.7M4 6.5v7h8v-7',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.5 6.5h.01M9 6.5h.01M11.5 6.5h.01M5 9.5h6',
  list: 'M2.5 4h.01M2.5 8h.01M2.5 12h.01M5.5 4h8M5.5 8h8M5.5 12h8',
  zoomIn: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 13.6 13.6M5 7h4M7 5v4',
  zoomOut: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4 13.6 13.6M5 7h4',
  coins: 'M8 6.5c3 0 5-.8 5-2s-2-2-5-2-5 .8-5 2 2 2 5 2zM3 4.5v7c0 1.2 2 2 5 2s5-.8 5-2v-7M3 8c0 1.2 2 2 5 2s5-.8 5-2',
  contrast: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5h4.9M8 8h6M8 11h4.9',
  back: 'M13.5 8h-11M6.5 4l-4 4 4 4',
  sliders:
    'M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M10.3 6.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM5.7 13.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z',
} as const;

/** A name of {@link Icon}. */
export type IconName = keyof typeof PATHS;

/** A decorative icon; the word beside it carries the meaning. */
export function Icon({ name, class: className = '' }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${className}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

const TOOL_ICONS: Readonly<Record<ToolKind, IconName>> = {
  run: 'terminal',
  read: 'file',
  edit: 'pencil',
  write: 'pencil',
  search: 'search',
  delegate: 'bot',
  fetch: 'globe',
  plan: 'checks',
};

/** The icon of a tool. @param kind what it does; undefined where that is not known */
export function toolIcon(tool: string, kind: ToolKind | undefined): IconName {
  if (kind !== undefined) return TOOL_ICONS[kind];
  return tool.startsWith('mcp__') ? 'plug' : 'wrench';
}
