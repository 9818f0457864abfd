import type { Paint } from './style.ts';

/** How markdown is laid out. */
export interface MarkdownOptions {
  readonly paint: Paint;
  /** Breaks one plain line into lines that fit. */
  readonly wrap: (line: string) => string[];
}

/**
 * Markdown as a terminal shows it plainly: headings bold, bullets as dots, code and emphasis coloured, code blocks as they
 * are. `text` must be safe already. Only what agents write often is known; anything else stays as it was typed.
 */
export function markdownLines(text: string, { paint, wrap }: MarkdownOptions): string[] {
  const lines: string[] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    else if (fenced) lines.push(...wrap(line).map(part => paint('dim', part)));
    else lines.push(...block(line, { paint, wrap }));
  }
  return lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
}

function block(line: string, { paint, wrap }: MarkdownOptions): string[] {
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  if (heading) return wrap(plain(heading[1] ?? '')).map(part => paint('bold', part));
  const bullet = /^(\s*)[-*+]\s+(.*)$/.exec(line);
  if (bullet) {
    const indent = bullet[1] ?? '';
    return wrap(bullet[2] ?? '').map((part, index) => `${indent}${index === 0 ? '• ' : '  '}${inline(part, paint)}`);
  }
  return wrap(line).map(part => inline(part, paint));
}

function inline(text: string, paint: Paint): string {
  return text
    .replaceAll(/`([^`]+)`/g, (_, code: string) => paint('cyan', code))
    .replaceAll(/\*\*([^*]+)\*\*/g, (_, strong: string) => paint('bold', strong))
    .replaceAll(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, label: string, url: string) => `${label} ${paint('dim', url)}`);
}

function plain(text: string): string {
  return text.replaceAll(/\*\*([^*]+)\*\*/g, '$1').replaceAll(/`([^`]+)`/g, '$1');
}
