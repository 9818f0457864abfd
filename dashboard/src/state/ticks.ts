import { clock, day, whole } from '../base/text.ts';

/** A mark on the time axis. */
export interface Tick {
  /** On the axis, ms. */
  readonly position: number;
  readonly label: string;
}

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

/** Steps that a person counts in. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map(count => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(count => count * MINUTE),
  ...[1, 2, 3, 6, 12].map(count => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 365].map(count => count * DAY),
];

/** At most `most` round times between two, on the reader's own clock. Pure but for the time zone. */
export function timeTicks(start: number, end: number, most: number): Tick[] {
  const step = STEPS_MS.find(one => (end - start) / one <= most) ?? Number.POSITIVE_INFINITY;
  if (!Number.isFinite(step)) return [];
  // A round time is round where its reader lives.
  const offset = new Date(start).getTimezoneOffset() * MINUTE;
  const ticks: Tick[] = [];
  for (let at = Math.ceil((start - offset) / step) * step + offset; at <= end; at += step) {
    const time = clock(at);
    ticks.push({ position: at, label: step >= DAY ? day(at, Number.NaN) : step >= MINUTE ? time.slice(0, 5) : time });
  }
  return ticks;
}

/** At most `most` round counts on an axis of sequence, where each event takes `eventMs`. Pure. */
export function countTicks(start: number, end: number, most: number, eventMs: number): Tick[] {
  const least = (end - start) / eventMs / most;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= least) ?? 10 * power;
  const ticks: Tick[] = [];
  for (let count = Math.max(step, Math.ceil(start / eventMs / step) * step); count * eventMs <= end; count += step)
    ticks.push({ position: (count - 1) * eventMs, label: whole(count) });
  return ticks;
}
