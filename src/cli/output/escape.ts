import { stripControl } from '../../adw/format.ts';

/**
 * `text` on one line, without anything that a terminal would obey: runs of white space become one space. Agents' text is
 * untrusted, and so is whatever an error message quotes.
 */
export function safeLine(text: string): string {
  return stripControl(text).replaceAll(/\s+/g, ' ').trim();
}

/** `value` as JSON on one line that is safe on a terminal too: JSON leaves DEL, the C1 controls and bidi marks as they are. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
