import { createHash } from 'node:crypto';
import { FINGERPRINT_BYTES_MAX } from '../../event/limits.ts';

const NEWLINE = 0x0a;

/**
 * The first line of a file as far as its fingerprint needs it: without its newline, and at most
 * FINGERPRINT_BYTES_MAX bytes of it. Undefined while the line is neither complete nor that long.
 * @param head the file's first bytes
 * @param final take an unterminated line for complete: its newline will not be written any more
 */
export function firstLineOf(head: Buffer, final = false): Buffer | undefined {
  const end = head.indexOf(NEWLINE);
  if (end >= 0 && end <= FINGERPRINT_BYTES_MAX) return head.subarray(0, end);
  if (head.length >= FINGERPRINT_BYTES_MAX) return head.subarray(0, FINGERPRINT_BYTES_MAX);
  return final && head.length > 0 ? head : undefined;
}

/** Names the file generation that begins with `firstLine`: 16 hex digits of its sha-256. */
export function fingerprintOf(firstLine: Buffer): string {
  return createHash('sha256').update(firstLine).digest('hex').slice(0, 16);
}

/**
 * The names to try for a generation that begins like earlier ones of its path: `f`, `f~2`, `f~3`, …
 * @param n counts from 1
 */
export function nthFingerprint(fingerprint: string, n: number): string {
  return n === 1 ? fingerprint : `${fingerprint}~${n}`;
}
