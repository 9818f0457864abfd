import { expect, test } from 'vitest';
import { clock, clockSpan, day, duration, fullTime, since, whole } from '../../../dashboard/src/base/text.ts';

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

test("times and dates are those of en-GB, on the reader's own clock", () => {
  const formatted = (ms: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', options).format(ms);
  for (let month = 0; month < 12; month++) {
    const ms = new Date(2026, month, 1 + month * 2, month * 2, month * 5, month * 4).getTime();
    const time = formatted(ms, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
    const date = formatted(ms, { day: 'numeric', month: 'short' });
    expect(clock(ms)).toBe(time);
    expect(day(ms, ms)).toBe(time.slice(0, 5));
    expect(day(ms, new Date(2026, 6, 31).getTime())).toBe(date);
    expect(day(ms, new Date(2027, 0, 1).getTime())).toBe(`${date} 2026`);
    expect(fullTime(ms)).toBe(`${date} ${time} local · ${new Date(ms).toISOString()}`);
  }
  expect([clock, day, fullTime].map(told => told(Number.NaN, 0))).toEqual(['', '', '']);
});

test('counts are grouped by thousands', () => {
  expect([0, 999, 1000, 999_999.6, 1_234_567].map(count => whole(count))).toEqual([
    '0',
    '999',
    '1,000',
    '1,000,000',
    '1,234,567',
  ]);
});
