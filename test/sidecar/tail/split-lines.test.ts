import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines } from '../../../src/sidecar/tail/split-lines.ts';

const START = { offset: 0, number: 1, encoding: 'utf-8' } as const;

/** Byte strings without newlines, invalid UTF-8 included. */
const lineBytes = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes.filter(byte => byte !== 0x0a)));
const text = (lines: readonly Buffer[]) => Buffer.concat(lines.flatMap(line => [line, Buffer.from('\n')]));

describe('splitting bytes into lines', () => {
  it('gives back exactly the lines that were joined, whatever bytes they hold', () => {
    fc.assert(
      fc.property(fc.array(lineBytes), lines => {
        const split = splitLines(text(lines), START);
        expect(split.map(({ bytes }) => Buffer.from(bytes))).toEqual(lines);
      }),
    );
  });

  it('does not depend on where the bytes were cut into reads', () => {
    fc.assert(
      fc.property(fc.array(lineBytes, { minLength: 1 }), fc.nat(), (lines, seed) => {
        const whole = text(lines);
        const cut = splitLines(whole, START)[seed % lines.length];
        const at = (cut?.offset ?? 0) + (cut?.length ?? 0);
        const first = splitLines(whole.subarray(0, at), START);
        const second = splitLines(whole.subarray(at), { ...START, offset: at, number: first.length + 1 });
        expect([...first, ...second]).toEqual(splitLines(whole, START));
      }),
    );
  });

  it('counts lines and offsets on from where it is told', () => {
    const [first, second] = splitLines(Buffer.from('ab\n\n'), { ...START, offset: 100, number: 7 });
    expect(first).toMatchObject({ number: 7, offset: 100, length: 3, terminated: true });
    expect(second).toMatchObject({ number: 8, offset: 103, length: 1 });
  });
});
