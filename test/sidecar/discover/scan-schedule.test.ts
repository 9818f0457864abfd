import { describe, expect, it } from 'vitest';
import { LAST_SCAN_MS, ScanSchedule } from '../../../src/sidecar/discover/scan-schedule.ts';

const NOW = 1_700_000_000_000;
const POLL_MS = 250;
const IDLE = { isLast: false, isActive: false, isTold: false };

function scanned(writtenMsAgo: number, hasEvents = true): ScanSchedule {
  const schedule = new ScanSchedule(POLL_MS);
  schedule.scanned(NOW, { writtenAt: NOW - writtenMsAgo, hasEvents });
  return schedule;
}

describe('the schedule of scans', () => {
  it('begins with one', () => {
    expect(new ScanSchedule(POLL_MS).due(NOW, false)).toBe('scan');
    expect(new ScanSchedule(POLL_MS).pauseMs(NOW, IDLE)).toBe(0);
  });

  it.each([
    ['a tree that is written to', 0, true, 10_000],
    ['one that was left two minutes ago', 120_000, true, 10_000],
    ['one that was left long ago', 3_600_000, true, 30_000],
    ['one without file system events, left long ago or not', 3_600_000, false, 500],
  ])('lets %s rest', (_, writtenMsAgo, hasEvents, mostMs) => {
    const pauseMs = scanned(writtenMsAgo, hasEvents).pauseMs(NOW, IDLE);
    expect(pauseMs).toBeLessThanOrEqual(mostMs);
    expect(pauseMs).toBeGreaterThanOrEqual(0.7 * mostMs);
  });

  it('polls in between while there is something to poll', () => {
    const schedule = scanned(0);
    expect(schedule.due(NOW + POLL_MS - 1, false)).toBe('nothing');
    expect(schedule.pauseMs(NOW + POLL_MS - 1, { ...IDLE, isActive: true })).toBe(1);
    expect(schedule.due(NOW + POLL_MS, false)).toBe('poll');
    schedule.polled(NOW + POLL_MS);
    expect(schedule.due(NOW + POLL_MS + 1, false)).toBe('nothing');
    expect(schedule.due(NOW + 10_000, false)).toBe('scan');
  });

  it('is a scan every few milliseconds, and no poll, while no more is waited for than for files to be complete', () => {
    const schedule = scanned(0);
    const last = [NOW + 1, NOW + LAST_SCAN_MS, NOW + POLL_MS].map(now => schedule.due(now, true));
    expect(last).toEqual(['nothing', 'scan', 'scan']);
    expect(schedule.pauseMs(NOW, { ...IDLE, isLast: true })).toBe(LAST_SCAN_MS);
  });

  it('lets no listener wait for longer than a second', () => {
    expect(scanned(0).pauseMs(NOW, { ...IDLE, isTold: true })).toBe(1_000);
    expect(scanned(0).pauseMs(NOW, { ...IDLE, isTold: true, isActive: true })).toBe(POLL_MS);
    expect(scanned(0, false).pauseMs(NOW, { ...IDLE, isTold: true })).toBe(500);
  });

  it('waits for no time to come again that was put back', () => {
    expect(scanned(0).due(NOW - 3_600_000, false)).toBe('scan');
  });

  it('is not the same for those that began together', () => {
    const pauses = Array.from({ length: 20 }, () => scanned(0).pauseMs(NOW, IDLE));
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });
});
