import { expect, test } from 'vitest';
import { countTicks, timeTicks } from '../../../dashboard/src/state/ticks.ts';

const MINUTE = 60_000;

test('ticks of a time axis are round times, as many as there is room for', () => {
  const start = Date.parse('2026-01-01T12:03:00Z');
  for (const minutes of [1, 20, 90, 1_000, 100_000, 10_000_000]) {
    const ticks = timeTicks(start, start + minutes * MINUTE, 8);
    expect(ticks.length).toBeLessThanOrEqual(9);
    expect(ticks.every(({ position }) => position >= start && position <= start + minutes * MINUTE)).toBe(true);
  }
  const ticks = timeTicks(start, start + 60 * MINUTE, 8);
  expect(ticks.map(({ position }) => new Date(position).getUTCMinutes() % 10)).toEqual(ticks.map(() => 0));
  expect(ticks.every(({ label }) => /^\d\d:\d0$/.test(label))).toBe(true);
  expect(timeTicks(start, start + 30_000, 8)[0]!.label).toMatch(/^\d\d:\d\d:\d[05]$/);
});

test('ticks of an axis of sequence are round counts', () => {
  expect(countTicks(0, 274_000, 8, 1000).map(({ label }) => label)).toEqual(['50', '100', '150', '200', '250']);
  expect(countTicks(0, 24_999_000, 8, 1000).map(({ label }) => label)).toEqual(['5,000', '10,000', '15,000', '20,000']);
  expect(countTicks(0, 3000, 8, 1000).map(({ position, label }) => [position, label])).toEqual([
    [0, '1'],
    [1000, '2'],
    [2000, '3'],
  ]);
});
