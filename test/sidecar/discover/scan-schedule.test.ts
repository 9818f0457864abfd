import { describe, expect, it } from 'vitest';
import { ScanSchedule } from '../../../src/sidecar/discover/scan-schedule.ts';

const NOW = 1_700_000_000_000;

function restAfter({ tookMs, writtenMsAgo }: { tookMs: number; writtenMsAgo: number }): number {
  const pace = new ScanSchedule();
  pace.swept(NOW, { tookMs, writtenAt: NOW - writtenMsAgo });
  return pace.dueIn(NOW);
}

describe('the pace of sweeps', () => {
  it('begins with one', () => {
    expect(new ScanSchedule().dueIn(NOW)).toBeLessThanOrEqual(0);
  });

  it.each([
    ['a small tree that is written to', { tookMs: 0, writtenMsAgo: 0 }, 5_000],
    ['a tree that takes a while to look at', { tookMs: 5, writtenMsAgo: 0 }, 15_000],
    ['a huge one', { tookMs: 100, writtenMsAgo: 0 }, 30_000],
    ['one that was left two minutes ago', { tookMs: 0, writtenMsAgo: 120_000 }, 12_000],
    ['one that was left long ago', { tookMs: 0, writtenMsAgo: 3_600_000 }, 30_000],
  ])('rests after %s', (_, sweep, mostMs) => {
    const restMs = restAfter(sweep);
    expect(restMs).toBeLessThanOrEqual(mostMs);
    expect(restMs).toBeGreaterThanOrEqual(0.7 * mostMs);
  });

  it('is not the same for those that began together', () => {
    const rests = Array.from({ length: 20 }, () => restAfter({ tookMs: 0, writtenMsAgo: 0 }));
    expect(new Set(rests).size).toBeGreaterThan(1);
  });
});
