import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/sidecar/parse/json.ts';

describe('JSON of Python', () => {
  it('is read with its NaN and Infinity as texts, and texts that hold such words as they are', () => {
    expect(parseJson('{"a": NaN, "b":[-Infinity,Infinity], "c":"NaN \\" Infinity, \\\\"}')).toEqual({
      a: 'NaN',
      b: ['-Infinity', 'Infinity'],
      c: 'NaN " Infinity, \\',
    });
  });

  it('is no JSON where something else is wrong with it', () => {
    for (const text of ['{"a": NaN', '{"a": "NaN', '{"a": NaNs}', '{"NaN"', 'NaN Infinity'])
      expect(parseJson(text), text).toBeUndefined();
  });

  it('takes time in proportion to its length, whatever is in it', () => {
    const before = process.cpuUsage();
    for (const part of ['"\\"', '\\"', '"', 'NaN,', '\\\\"', '"NaN']) parseJson(`[NaN,${part.repeat(50_000)}`);
    // Of the processor: what else the machine does takes time as well.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});
