import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteRangeOf } from '../../../src/server/api/byte-range.ts';

describe('a Range header', () => {
  it.each([
    ['bytes=0-4', { start: 0, end: 5 }],
    ['bytes=5-', { start: 5, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=2-99', { start: 2, end: 10 }],
  ])('names bytes: %s', (header, range) => {
    expect(byteRangeOf(header, 10)).toEqual(range);
  });

  it.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('lies outside of the body: %s', header => {
    expect(byteRangeOf(header, 10)).toBe('unsatisfiable');
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=4-2', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b'])(
    'is passed over when it is none that we take: %s',
    header => {
      expect(byteRangeOf(header, 10)).toBeUndefined();
    },
  );

  it('never names bytes that are not there', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.option(fc.nat(2000)), fc.option(fc.nat(2000)), (size, first, last) => {
        const range = byteRangeOf(`bytes=${first ?? ''}-${last ?? ''}`, size);
        if (range === undefined || range === 'unsatisfiable') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThan(range.start);
        expect(range.end).toBeLessThanOrEqual(size);
      }),
    );
  });
});
