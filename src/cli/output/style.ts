import type { Io, OutputStream } from '../io.ts';

/** How a piece of text is shown. */
export type Style = 'bold' | 'dim' | 'italic' | 'underline' | Color;
type Color = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray';

/** Colours text, or leaves it as it is where colour is not wanted. */
export type Paint = (style: Style, text: string) => string;

const CODES: Readonly<Record<Style, readonly [open: number, close: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  gray: [90, 39],
};

/** Colours of roles, in the order they are given out. Red and gray are kept for errors and asides. */
const ROLE_COLORS = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const;

const plain: Paint = (_style, text) => text;
const colored: Paint = (style, text) => {
  const [open, close] = CODES[style];
  return `\u001b[${open}m${text}\u001b[${close}m`;
};

/** Whether `stream` should get colour: NO_COLOR and FORCE_COLOR win, else it must be a terminal that is not dumb. */
export function wantsColor(stream: OutputStream, env: Io['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** The paint for `stream`. */
export function paintFor(stream: OutputStream, env: Io['env']): Paint {
  return wantsColor(stream, env) ? colored : plain;
}

/** A colour that stays the same for a name, in every run. */
export function colorOf(name: string): Style {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return ROLE_COLORS[hash % ROLE_COLORS.length] ?? 'cyan';
}
