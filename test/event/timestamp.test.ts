import { describe, expect, it } from 'vitest';
import { parseIsoTime } from '../../src/event/timestamp.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

describe('a timestamp', () => {
  it.each([
    ['2026-01-01T12:00:00Z', NOON, true],
    ['2026-01-01T12:00:00.123456Z', NOON + 123, true],
    ['2026-01-01t12:00:00z', NOON, false],
    ['2026-01-01 12:00:00Z', NOON, false],
    ['2026-01-01T12:00:00,5Z', NOON + 500, false],
    ['2026-01-01T14:00:00+02:00', NOON, false],
    ['2026-01-01T12:00Z', NOON, false],
    ['2026-01-01', Date.UTC(2026, 0, 1), false],
    ['2026-01-01T12:00:00', new Date(2026, 0, 1, 12).getTime(), false],
    ['2024-02-29T12:00:00Z', Date.UTC(2024, 1, 29, 12), true],
  ])('is read as ISO 8601: %s', (text, ms, isWire) => {
    expect(parseIsoTime(text)).toEqual({ ms, isWire });
  });

  it('may have a second 60, which is the next one', () => {
    const next = { ms: Date.UTC(2017, 0, 1), isWire: false };
    expect(parseIsoTime('2016-12-31T23:59:60Z')).toEqual(next);
    expect(parseIsoTime('2016-12-31T23:59:60.25Z')).toEqual({ ...next, ms: next.ms + 250 });
  });

  it.each([
    'foo 2026 Z',
    '2026',
    'Jan 1 2026',
    '1',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T12:00:61Z',
    '2026-01-01T12:00:00Z foo',
    '+002026-01-01T12:00:00Z',
    '',
  ])('is not guessed: %s', text => {
    expect(parseIsoTime(text)).toBeUndefined();
  });
});
