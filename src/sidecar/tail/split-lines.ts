import type { Line } from '../flow.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Where the first byte to split lies in its file generation. */
export interface SplitStart {
  /** Byte offset in the file generation. */
  readonly offset: number;
  /** Number of the first line, from 1. */
  readonly number: number;
}

/**
 * The complete lines of `bytes`, which must end with a newline (or be empty). Bytes only: a newline byte never occurs
 * inside a UTF-8 character, so no split can cut one. Lines share memory with `bytes`.
 */
export function splitLines(bytes: Buffer, { offset, number }: SplitStart): Line[] {
  const lines: Line[] = [];
  let begin = 0;
  while (begin < bytes.length) {
    const end = bytes.indexOf(NEWLINE, begin);
    if (end < 0) throw new RangeError('splitLines takes whole lines');
    lines.push({
      bytes: bytes.subarray(begin, end),
      number: number + lines.length,
      offset: offset + begin,
      length: end + 1 - begin,
      terminated: true,
    });
    begin = end + 1;
  }
  return lines;
}

/** How many bytes the newline at the start of `bytes` takes: 0, 1, or 2 for CRLF. */
export function newlineLength(bytes: Buffer): number {
  if (bytes[0] === NEWLINE) return 1;
  return bytes[0] === RETURN && bytes[1] === NEWLINE ? 2 : 0;
}
