/** Time as a dependency, so that tests can hold it. */
export interface Clock {
  /** Milliseconds, since the Unix epoch unless it says otherwise. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds since the process began: for lengths of time. It is never set, whatever happens to the time of day. */
export const steadyClock: Clock = { now: () => performance.now() };

/** A UTC timestamp with `Z` and milliseconds for `ms` since the Unix epoch. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The longest that a timer of Node waits, nearly 25 days: one that is longer ends at once, ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * How long ago `then` was, ms, for what is due after a while. For ever ago where the clock was set back meanwhile: nothing
 * waits until it has caught up.
 */
export function agoMs(then: number, now: number): number {
  return now < then ? Number.POSITIVE_INFINITY : now - then;
}

/**
 * Waits `ms` milliseconds, or until `signal` aborts. Resolves either way: a caller that has to know checks the signal.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let rest = ms;
  do {
    await oneTimer(Math.min(rest, TIMER_MS_MAX), signal);
    rest -= TIMER_MS_MAX;
  } while (rest > 0 && !signal?.aborted);
}

function oneTimer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
