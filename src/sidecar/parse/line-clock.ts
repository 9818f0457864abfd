import type { EventTime, Line } from '../flow.ts';

/** Lines are seen at most this long after they were stamped, where they are seen as they are written, ms. */
const LAG_MS_MAX = 5_000;

/** A line with a time of its own. */
interface Stamp {
  readonly ms: number;
  /** Byte after the line. */
  readonly end: number;
}

/** What {@link createLineClock} takes. */
export interface LineClockOptions {
  /** When the byte at an offset was seen to arrive, ms; undefined where no watch ran. */
  readonly observedAt: (offset: number) => number | undefined;
  /** When the line at an offset was probably written, by what is known of the file as a whole. */
  readonly estimate: (offset: number) => EventTime;
  /** The time that a line names itself, ms; undefined where it names none. */
  readonly stampOf: (line: Line) => number | undefined;
}

/** Gives lines their times, in the order of the file. */
export interface LineClock {
  /**
   * When a line was written that names no time: between the lines around it that do, in proportion to the offset. When
   * it was seen to arrive is better, where that does not contradict them.
   * @param later the lines read together with it, and its own place among them
   */
  timeOf(line: Line, later: { readonly lines: readonly Line[]; readonly index: number }): EventTime;
  /** Told of each line's time once it is parsed. */
  passed(line: Line, time: EventTime): void;
}

/** A clock for the lines of one file generation. */
export function createLineClock({ observedAt, estimate, stampOf }: LineClockOptions): LineClock {
  let before: Stamp | undefined;
  /** How much later than its own time the last stamped line was seen. Large for a copy, below 0 where clocks differ. */
  let lagMs = 0;
  let after: { readonly stamp: Stamp | undefined; readonly ofLine: number } = { stamp: undefined, ofLine: 0 };

  const nextStamp = (lines: readonly Line[], index: number): Stamp | undefined => {
    const number = lines[index]?.number ?? 0;
    if (number <= after.ofLine) return after.stamp;
    for (let at = index + 1; at < lines.length; at += 1) {
      const line = lines[at]!;
      const ms = stampOf(line);
      if (ms === undefined) continue;
      after = { stamp: { ms, end: line.offset + line.length }, ofLine: line.number - 1 };
      return after.stamp;
    }
    after = { stamp: undefined, ofLine: lines.at(-1)?.number ?? number };
    return undefined;
  };

  return {
    timeOf(line, { lines, index }) {
      const end = line.offset + line.length;
      const next = nextStamp(lines, index);
      const seenMs = observedAt(end - 1);
      if (before === undefined && next === undefined) {
        return seenMs === undefined ? estimate(line.offset) : { ms: seenMs, timing: 'observed' };
      }
      const low = before?.ms ?? Number.NEGATIVE_INFINITY;
      const high = Math.max(low, next?.ms ?? Number.POSITIVE_INFINITY);
      const isBetween = (ms: number) => ms >= low && ms <= high;
      if (seenMs !== undefined && lagMs <= LAG_MS_MAX && isBetween(seenMs)) return { ms: seenMs, timing: 'observed' };
      if (before !== undefined && next !== undefined) {
        const part = (end - before.end) / (next.end - before.end);
        return { ms: Math.round(low + (high - low) * Math.min(1, Math.max(0, part))), timing: 'estimated' };
      }
      // Beyond the last stamp, or before the first.
      const guessMs = next !== undefined ? guess(estimate(line.offset), high) : (seenMs ?? low) - Math.max(0, lagMs);
      return { ms: Math.min(high, Math.max(low, guessMs)), timing: 'estimated' };
    },
    passed(line, { ms, timing }) {
      if (timing !== 'exact') return;
      const end = line.offset + line.length;
      before = { ms, end };
      lagMs = (observedAt(end - 1) ?? ms) - ms;
    },
  };
}

/** What an estimate says, unless it says nothing. */
function guess({ ms, timing }: EventTime, otherwiseMs: number): number {
  return timing === 'estimated' ? ms : otherwiseMs;
}
