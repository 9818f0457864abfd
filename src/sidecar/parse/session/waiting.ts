import { isoTime } from '../../../base/clock.ts';
import type { Waiting } from '../../../event/schema.ts';
import type { LineEvents } from '../line-events.ts';
import { type Report, word } from './report.ts';

/** The largest time that a `Date` can hold, ms: an `until` beyond it is none. */
const DATE_MS_MAX = 8.64e15;

/** A request that failed, and is made again after a pause. */
export interface Retry {
  /** As the lines have it, from 1. */
  readonly attempt: unknown;
  readonly attemptsMax: unknown;
  /** How long the pause is, ms; undefined where that is not said. */
  readonly delayMs?: number | undefined;
  /** Why it failed; empty where that is not said. */
  readonly why: string;
}

/** What is said of a retry: an agent that waits for the API. */
export function retryReport({ attempt, attemptsMax, delayMs, why }: Retry, events: LineEvents): Report {
  const pause = delayMs === undefined ? '' : ` in ${Math.round(delayMs / 100) / 10} s`;
  return {
    message: `API retry ${word(attempt, '?')}/${word(attemptsMax, '?')}${pause}${why === '' ? '' : ` (${why})`}`,
    waiting: {
      for: 'api_retry',
      ...amount('attempt', attempt),
      ...amount('attempts_max', attemptsMax),
      ...(delayMs === undefined ? {} : { delay_ms: delayMs, ...until(events.time.ms + delayMs) }),
    },
  };
}

/** When a wait ends at the latest; nothing for a time that no `Date` holds. @param ms since the epoch */
export function until(ms: number): Pick<Waiting, 'until'> {
  return ms <= DATE_MS_MAX ? { until: isoTime(ms) } : {};
}

function amount(name: 'attempt' | 'attempts_max', value: unknown): Pick<Waiting, 'attempt' | 'attempts_max'> {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? { [name]: Number(value) } : {};
}
