import { expect, test } from 'vitest';
import { clockSpan, duration, since } from '../../../dashboard/src/base/text.ts';

test('what has just been was now, and anything else some time ago', () => {
  expect([-5000, 0, 4000, 7_200_000].map(since)).toEqual(['now', 'now', '4s ago', '2h ago']);
});

test('durations are told as the terminal tells them, grouped where they are long', () => {
  const HOUR = 3_600_000;
  expect([4, 200, 42_000, 192_000, 50 * HOUR, 7628 * HOUR, Number.NaN, null].map(duration)).toEqual([
    '4ms',
    '0.2s',
    '42s',
    '3:12',
    '50:00:00',
    '7,628 h',
    '',
    '',
  ]);
  for (const ms of [192_000, 50 * HOUR, 7628 * HOUR]) expect(clockSpan(ms)).toBe(duration(ms));
});
