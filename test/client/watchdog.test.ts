import { describe, expect, test } from 'vitest';
import { Watchdog } from '../../src/client/watchdog.ts';

const LIMITS = { pingMs: 15_000, answerMsMax: 10_000, silenceMsMax: 60_000, tickMs: 1_000 };

/** Ticks each second from `fromMs` on, until something other than `quiet` is said or `untilMs` is reached. */
function run(watchdog: Watchdog, fromMs: number, untilMs: number): [string, number] {
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 1_000) {
    const verdict = watchdog.tick(nowMs);
    if (verdict !== 'quiet') return [verdict, nowMs];
  }
  return ['quiet', untilMs];
}

describe('a connection', () => {
  test('is asked at once and then each interval, and its answers are round trips', () => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 0, canPing: true });
    expect(run(watchdog, 0, 5_000)).toEqual(['ping', 0]);
    watchdog.traffic(40);
    watchdog.pong(0, 40);
    expect(watchdog.latencyMs).toBe(40);
    expect(run(watchdog, 1_000, 30_000)).toEqual(['ping', 15_000]);
  });

  test('is dead when a ping stays unanswered, though other things come in', () => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 0, canPing: true });
    watchdog.tick(0);
    watchdog.traffic(9_000);
    expect(run(watchdog, 1_000, 30_000)).toEqual(['dead', 11_000]);
  });

  test('that cannot be asked is dead after two silent heartbeats', () => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 0, canPing: false });
    expect(run(watchdog, 1_000, 100_000)).toEqual(['dead', 61_000]);
  });

  test('an answer to another question is none', () => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 0, canPing: true });
    watchdog.tick(0);
    watchdog.pong('2026-01-01T00:00:00Z', 40);
    expect(watchdog.latencyMs).toBeNull();
  });
});

describe('a process that slept', () => {
  test.each([
    ['an hour', 3_600_000],
    ['until the clock was set back', -3_600_000],
  ])('%s asks anew before it gives the connection up', (_, jump) => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 10_000_000, canPing: true });
    watchdog.tick(10_000_000);
    const woke = 10_000_000 + jump;
    expect(watchdog.tick(woke)).toBe('ping');
    expect(run(watchdog, woke + 1_000, woke + 30_000)).toEqual(['dead', woke + 11_000]);
  });

  test('keeps a connection that answers', () => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 0, canPing: true });
    watchdog.tick(0);
    expect(watchdog.tick(3_600_000)).toBe('ping');
    watchdog.pong(3_600_000, 3_600_030);
    watchdog.traffic(3_600_030);
    expect(run(watchdog, 3_601_000, 3_610_000)[0]).toBe('quiet');
  });
});

test('quality follows the round trip, a waiting ping, and silence', () => {
  const after = (latencyMs: number) => {
    const watchdog = new Watchdog(LIMITS, { nowMs: 0, canPing: true });
    watchdog.tick(0);
    watchdog.pong(0, latencyMs);
    watchdog.traffic(latencyMs);
    return watchdog;
  };
  expect([20, 300, 2_000].map(ms => after(ms).quality(ms + 1))).toEqual(['good', 'fair', 'poor']);
  const waiting = new Watchdog(LIMITS, { nowMs: 0, canPing: true });
  waiting.tick(0);
  expect([1_000, 4_000].map(ms => waiting.quality(ms))).toEqual(['good', 'poor']);
  expect(after(20).quality(40_000)).toBe('poor');
});
