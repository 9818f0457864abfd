import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsMoreValues } from '../../src/event/json-size.ts';

/** Keys and values of a JSON value, counted by reading it. */
function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const inner = Object.values(value).reduce<number>((sum, one) => sum + count(one), 0);
  return 1 + inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

describe('the number of values of a JSON text', () => {
  it('is seen without reading it: keys, values, objects and arrays', () => {
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`k${at}`, at])));
    expect([holdsMoreValues(keys, 1_000), holdsMoreValues(keys, 1_300)]).toEqual([true, false]);
    expect(holdsMoreValues(`[${'[],'.repeat(600)}1]`, 800)).toBe(true);
    expect(holdsMoreValues(`[${'1,'.repeat(600)}1]`, 500)).toBe(true);
  });

  it('does not count what stands in strings, whatever quotes and slashes they hold', () => {
    for (const text of ['{,:[', '\\', '\\"', '"', '\\\\"{,']) {
      expect(holdsMoreValues(JSON.stringify([text.repeat(1_000)]), 10)).toBe(false);
      expect(holdsMoreValues(JSON.stringify({ [text.repeat(50)]: text.repeat(1_000), a: 1 }), 10)).toBe(false);
    }
  });

  it('is never beyond a limit that reading it does not find', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 20 }), (text, max) => {
        if (holdsMoreValues(text, max)) expect(2 * count(JSON.parse(text))).toBeGreaterThan(max);
      }),
    );
  });

  it('ends for a text that is cut anywhere', () => {
    for (const text of ['"', '"\\', '[["', `{"a":"${'\\'.repeat(99)}`])
      expect(holdsMoreValues(text.repeat(9), 99)).toBe(false);
  });
});
