import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Frame } from '../../../src/server/fanout/frame.ts';
import { Ring } from '../../../src/server/fanout/ring.ts';

const frame = (seq: number, bytes: number) =>
  new Frame({ seq, type: 'text_block', adwId: 'aaaaaaaa', dataJson: JSON.stringify('x'.repeat(bytes)) }, 'e1');

describe('the ring of recent frames', () => {
  test('stays within its bytes and has everything after its floor, however seqs and sizes fall', () => {
    const steps = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 4 }), bytes: fc.nat({ max: 900 }) }), {
      maxLength: 4_000,
      size: 'max',
    });
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), (pushed, from) => {
        const ring = new Ring(10, 40_000);
        let seq = 10;
        const seqs: number[] = [];
        for (const { gap, bytes } of pushed) {
          seq += gap;
          seqs.push(seq);
          ring.push(frame(seq, bytes));
          expect(ring.bytes).toBeLessThanOrEqual(40_000);
        }
        const after = ring.floor + Math.floor(from * (seq - ring.floor));
        expect([...ring.after(after)].map(one => one.seq)).toEqual(seqs.filter(one => one > after));
      }),
      { numRuns: 30 },
    );
  });

  test('takes what came before it in front, as much as fits', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat({ max: 30 }), (before, after) => {
        const ring = new Ring(100, 20_000);
        const seqs = Array.from({ length: before + after }, (_, index) => 101 - before + index);
        for (const seq of seqs.slice(before)) ring.push(frame(seq, 300));
        ring.prepend(
          seqs.slice(0, before).map(seq => frame(seq, 300)),
          100 - before,
        );
        expect(ring.bytes).toBeLessThanOrEqual(20_000);
        const kept = [...ring.after(ring.floor)].map(one => one.seq);
        expect(kept).toEqual(seqs.filter(seq => seq > ring.floor));
        expect(kept.length).toBe(Math.min(seqs.length, Math.floor(20_000 / frame(1, 300).size)));
      }),
    );
  });

  test('does not keep a frame that is larger than itself', () => {
    const ring = new Ring(0, 1_000);
    ring.push(frame(1, 5_000));
    expect(ring).toMatchObject({ bytes: 0, floor: 1 });
  });
});
