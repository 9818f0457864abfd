import { describe, expect, it } from 'vitest';
import { ScanSchedule } from '../../../src/sidecar/discover/scan-schedule.ts';

const NOW = 1_700_000_000_000;
const POLL_MS = 250;

function scanned(writtenMsAgo: number, hasEvents = true): ScanSchedule {
  const schedule = new ScanSchedule(POLL_MS);
  schedule.scanned(NOW, { writtenAt: NOW - writtenMsAgo, hasEvents });
  return schedule;
}

describe('the schedule of scans', () => {
  it('begins with one', () => {
    expect(new ScanSchedule(POLL_MS).due(NOW)).toBe('scan');
    expect(new ScanSchedule(POLL_MS).nextInMs(NOW, false)).toBe(0);
  });

  it.each([
    ['a tree that is written to', 0, true, 10_000],
    ['one that was left two minutes ago', 120_000, true, 10_000],
    ['one that was left long ago', 3_600_000, true, 30_000],
    ['one without file system events, left long ago or not', 3_600_000, false, 500],
  ])('lets %s rest', (_, writtenMsAgo, hasEvents, mostMs) => {
    const restMs = scanned(writtenMsAgo, hasEvents).nextInMs(NOW, false);
    expect(restMs).toBeLessThanOrEqual(mostMs);
    expect(restMs).toBeGreaterThanOrEqual(0.7 * mostMs);
  });

  it('polls in between while there is something to poll', () => {
    const schedule = scanned(0);
    expect(schedule.due(NOW + POLL_MS - 1)).toBe('nothing');
    expect(schedule.nextInMs(NOW + POLL_MS - 1, true)).toBe(1);
    expect(schedule.due(NOW + POLL_MS)).toBe('poll');
    schedule.polled(NOW + POLL_MS);
    expect(schedule.due(NOW + POLL_MS + 1)).toBe('nothing');
    expect(schedule.due(NOW + 10_000)).toBe('scan');
  });

  it('waits for no time to come again that was put back', () => {
    expect(scanned(0).due(NOW - 3_600_000)).toBe('scan');
  });

  it('is not the same for those that began together', () => {
    const rests = Array.from({ length: 20 }, () => scanned(0).nextInMs(NOW, false));
    expect(new Set(rests).size).toBeGreaterThan(1);
  });
});
