import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sleep } from '../../src/base/clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sleeps, and answers whether that has ended. */
function sleeper(ms: number, signal?: AbortSignal): () => boolean {
  let ended = false;
  void sleep(ms, signal).then(() => {
    ended = true;
  });
  return () => ended;
}

const DAY_MS = 86_400_000;

describe('sleeping', () => {
  it.each([1, 5_000, 2 ** 31 - 1, 2 ** 31, 60 * DAY_MS])(
    'takes %i ms, also when no timer of Node is that long',
    async ms => {
      const hasEnded = sleeper(ms);
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(hasEnded()).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(hasEnded()).toBe(true);
    },
  );

  it('ends when it is aborted, however long it would have been, and leaves no timer', async () => {
    const stop = new AbortController();
    const hasEnded = sleeper(Number.POSITIVE_INFINITY, stop.signal);
    await vi.advanceTimersByTimeAsync(100 * DAY_MS);
    expect(hasEnded()).toBe(false);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect([hasEnded(), vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('does not begin when it is aborted before', async () => {
    const hasEnded = sleeper(1_000, AbortSignal.abort());
    await vi.advanceTimersByTimeAsync(0);
    expect([hasEnded(), vi.getTimerCount()]).toEqual([true, 0]);
  });
});
