import { printableJson, stripControl } from '../../adw/format.ts';

/**
 * `text` on one line, without anything that a terminal would obey: runs of white space become one space. Agents' text is
 * untrusted, and so is whatever an error message quotes.
 */
export function safeLine(text: string): string {
  return stripControl(text).replaceAll(/\s+/g, ' ').trim();
}

/** `value` as JSON on one line that is safe on a terminal too. */
export function jsonLine(value: unknown): string {
  return printableJson(JSON.stringify(value));
}
