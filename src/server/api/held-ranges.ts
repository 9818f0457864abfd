import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { HeldRanges } from '../../event/position.ts';
import type { HeldUnit } from '../store/store.ts';

/** The query of `GET /api/v1/adws/:id/held`: one file generation. */
export const heldQuerySchema = z.object({ path: z.string().default(''), fingerprint: z.string().default('') });

/**
 * The ranges that the log holds from byte 0 on, short enough for files of a million lines: a sender hashes the same ranges of its
 * file and compares one hash.
 * @param units in order; what lies behind a gap, which retention or an older version of the log left, is left out
 */
export function heldRanges(units: readonly HeldUnit[]): HeldRanges {
  const whole = createHash('sha256');
  const lengths: number[] = [];
  let next = 0;
  for (const { offset, end, sha256 } of units) {
    if (offset !== next) break;
    lengths.push(sha256 === '' ? offset - end : end - offset);
    whole.update(sha256, 'hex');
    next = end;
  }
  return { lengths, sha256: whole.digest('hex') };
}
