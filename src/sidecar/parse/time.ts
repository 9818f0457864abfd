import type { EventTime } from '../flow.ts';

/** What is known of a file that was written while no watch ran. */
export interface ColdFile {
  /** Byte offset of its last line, which was written at the end; the first one was at the beginning. */
  readonly lastOffset: number;
  /** When its last bytes were written, ms since the epoch: see `lastWrite`; absent where nothing says. */
  readonly endMs: number | undefined;
  /** How long the file's last session took; see `endOfFile`. */
  readonly sessionMs: number | undefined;
}

/**
 * When the bytes of a file were probably written: the last ones at its end, the first ones `sessionMs` before, the rest in
 * proportion to the offset. Without a duration only the end is known: everything is put there, as `unknown`.
 * @returns a function of the byte offset of a line
 */
export function estimateTimes({ lastOffset, endMs, sessionMs }: ColdFile): (offset: number) => EventTime {
  if (endMs === undefined || !Number.isFinite(endMs)) return () => ({ ms: 0, timing: 'unknown' });
  if (sessionMs === undefined || !(sessionMs >= 0) || lastOffset <= 0) return () => ({ ms: endMs, timing: 'unknown' });
  const startMs = Math.max(0, endMs - Math.min(sessionMs, endMs));
  return offset => {
    const part = Math.min(1, Math.max(0, offset / lastOffset));
    return { ms: Math.round(startMs + (endMs - startMs) * part), timing: 'estimated' };
  };
}

/** When a file was written. @param writtenMs as its file system says, ms; undefined where that is not to be believed */
export function timeOfFile(writtenMs: number | undefined): EventTime {
  return writtenMs === undefined ? { ms: 0, timing: 'unknown' } : { ms: writtenMs, timing: 'estimated' };
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
