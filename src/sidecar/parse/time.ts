import type { EventTime } from '../flow.ts';

/** What is known of a file that nobody watched being written. */
export interface ColdFile {
  readonly sizeBytes: number;
  /** Time of the last write, ms since the epoch; absent when the file system does not say. */
  readonly mtimeMs: number | undefined;
  /** How long the file's last session took; see `resultDurationOf`. */
  readonly resultDurationMs: number | undefined;
}

/**
 * When the bytes of a file were probably written: the last ones at its mtime, the first ones `resultDurationMs` before,
 * the rest in proportion to the offset. Without a duration only the end is known: everything is put there, as `unknown`.
 * @returns a function of a byte offset in the file
 */
export function estimateTimes({ sizeBytes, mtimeMs, resultDurationMs }: ColdFile): (offset: number) => EventTime {
  if (mtimeMs === undefined || !Number.isFinite(mtimeMs)) return () => ({ ms: 0, timing: 'unknown' });
  const end = Math.round(mtimeMs);
  if (resultDurationMs === undefined || !(resultDurationMs >= 0) || sizeBytes <= 0) {
    return () => ({ ms: end, timing: 'unknown' });
  }
  const start = Math.max(0, end - Math.min(resultDurationMs, end));
  return offset => {
    const part = Math.min(1, Math.max(0, offset / sizeBytes));
    return { ms: Math.round(start + (end - start) * part), timing: 'estimated' };
  };
}

/** Milliseconds of an ISO timestamp; undefined for anything else. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40 || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * The time between two moments, ms, when both are on the lines or both were seen arriving; null when that is not so or
 * when the clock went backwards between them. Estimated times say nothing about a single call.
 */
export function elapsedMs(from: EventTime, to: EventTime): number | null {
  const comparable = from.timing === to.timing && (from.timing === 'exact' || from.timing === 'observed');
  return comparable && to.ms >= from.ms ? to.ms - from.ms : null;
}
