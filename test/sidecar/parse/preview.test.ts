import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounded, cutOf, firstChars, firstLine } from '../../../src/sidecar/parse/preview.ts';

describe('a text that is cut', () => {
  it('stays well-formed wherever it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        const kept = firstChars(text, max);
        expect(text.startsWith(kept)).toBe(true);
        expect(Buffer.from(kept).toString()).toBe(kept);
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(text.length, max) - 1);
      }),
    );
  });

  it('says its full size, and nothing when it is whole', () => {
    expect(cutOf('abc', 2)).toEqual({ truncated: true, full_size: 3 });
    expect(cutOf('abc', 3)).toEqual({});
  });

  it('can be shown by its first line', () => {
    expect(firstLine('\n\n  first\nsecond', 20)).toBe('first');
    expect(firstLine('a long first line', 6)).toBe('a lon…');
    expect(firstLine('', 6)).toBe('');
  });
});

describe('a structure that is cut', () => {
  it('is a plain copy when it is small', () => {
    const value = { a: [1, 'two', null, { b: false }] };
    expect(bounded(value)).toEqual({ value });
    expect(bounded(value).value).not.toBe(value);
  });

  it('loses the ends of long strings, members beyond the limit, and what is nested too deep', () => {
    expect(bounded({ a: 'xxxx', b: 'y' }, { stringMax: 2 })).toEqual({
      value: { a: 'xx', b: 'y' },
      truncated: true,
      full_size: 7,
    });
    expect(bounded([1, 2, 3], { membersMax: 2 })).toMatchObject({ value: [1, 2], truncated: true });
    let deep: unknown = 'bottom';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(JSON.stringify(bounded(deep).value)).toMatch(/^\[+"…"\]+$/);
  });

  it('never holds more characters than it may', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const kept = bounded(value, { charsMax: 10 }).value;
        const strings = JSON.stringify(kept)?.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
        expect(
          strings.map(text => (JSON.parse(text) as string).replaceAll('…', '')).join('').length,
        ).toBeLessThanOrEqual(10);
      }),
    );
  });
});
