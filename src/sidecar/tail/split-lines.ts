import type { Encoding } from '../../base/text-encoding.ts';
import type { Line } from '../flow.ts';

/** Where bytes lie in their file, and how its text is written. */
export interface Place {
  /** Byte offset of the first one in the file generation. */
  readonly offset: number;
  readonly encoding: Encoding;
}

/** Where the first byte to split lies. */
export interface SplitStart extends Place {
  /** Number of the first line, from 1. */
  readonly number: number;
}

const NEWLINES: Readonly<Record<Encoding, Buffer>> = {
  'utf-8': Buffer.from('\n'),
  'utf-16le': Buffer.from('\n', 'utf16le'),
  'utf-16be': Buffer.from('\n', 'utf16le').swap16(),
};

/** The bytes of a newline. One byte of UTF-8, which no other character has; in UTF-16 two, at an even offset. */
export function newlineOf(encoding: Encoding): Buffer {
  return NEWLINES[encoding];
}

/** Index of the first newline at `from` or later; -1 where there is none. */
export function firstNewline(bytes: Buffer, from: number, { offset, encoding }: Place): number {
  const newline = newlineOf(encoding);
  let at = bytes.indexOf(newline, from);
  // What lies across two characters is none.
  while (at >= 0 && (offset + at) % newline.length !== 0) at = bytes.indexOf(newline, at + 1);
  return at;
}

/** Index of the last newline; -1 where there is none. */
export function lastNewline(bytes: Buffer, { offset, encoding }: Place): number {
  const newline = newlineOf(encoding);
  let at = bytes.lastIndexOf(newline);
  while (at > 0 && (offset + at) % newline.length !== 0) at = bytes.lastIndexOf(newline, at - 1);
  return at >= 0 && (offset + at) % newline.length === 0 ? at : -1;
}

/** The complete lines of `bytes`, which must end with a newline (or be empty). Lines share memory with `bytes`. */
export function splitLines(bytes: Buffer, { offset, number, encoding }: SplitStart): Line[] {
  const lines: Line[] = [];
  let begin = 0;
  while (begin < bytes.length) {
    const end = firstNewline(bytes, begin, { offset, encoding });
    if (end < 0) throw new RangeError('splitLines takes whole lines');
    const next = end + newlineOf(encoding).length;
    lines.push({
      bytes: bytes.subarray(begin, end),
      number: number + lines.length,
      offset: offset + begin,
      length: next - begin,
      terminated: true,
      ...(encoding === 'utf-8' ? {} : { encoding }),
    });
    begin = next;
  }
  return lines;
}

/** How many bytes the newline at the start of `bytes` takes, with a carriage return before it or without; 0 where none is. */
export function newlineLength(bytes: Buffer, encoding: Encoding): number {
  const newline = newlineOf(encoding);
  const size = newline.length;
  if (bytes.subarray(0, size).equals(newline)) return size;
  const isReturn = bytes.subarray(0, size).equals(newline.map(byte => (byte === 0x0a ? 0x0d : byte)));
  return isReturn && bytes.subarray(size, 2 * size).equals(newline) ? 2 * size : 0;
}
