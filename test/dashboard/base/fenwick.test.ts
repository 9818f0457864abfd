import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FenwickTree } from '../../../dashboard/src/base/fenwick.ts';

const heights = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 300 });

test('offsets are the sums of the heights before, however the rows came', () => {
  fc.assert(
    fc.property(
      heights,
      heights,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 900 }))),
      (first, more, sets) => {
        const tree = new FenwickTree(2);
        const model = [...first];
        tree.reset(first.length, i => first[i]!);
        for (const height of more) {
          tree.push(height);
          model.push(height);
        }
        for (const [at, height] of sets) {
          tree.set(at % model.length, height);
          model[at % model.length] = height;
        }
        let sum = 0;
        for (const [i, height] of model.entries()) {
          expect(tree.prefix(i)).toBe(sum);
          sum += height;
        }
        expect(tree.total).toBe(sum);
      },
    ),
  );
});

test('the row at an offset is the one whose height covers it', () => {
  fc.assert(
    fc.property(heights, fc.nat({ max: 200_000 }), (values, offset) => {
      const tree = new FenwickTree();
      tree.reset(values.length, i => values[i]!);
      const index = tree.indexAt(offset);
      if (offset < tree.total) {
        expect(tree.prefix(index)).toBeLessThanOrEqual(offset);
        expect(tree.prefix(index + 1)).toBeGreaterThan(offset);
      } else expect(index).toBe(values.length - 1);
    }),
  );
});

test('an empty tree has no row', () => {
  expect(new FenwickTree().indexAt(10)).toBe(-1);
});
