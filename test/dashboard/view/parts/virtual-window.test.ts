import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualWindow } from '../../../../dashboard/src/view/parts/virtual-window.ts';

function windowOf(heights: readonly number[], keys = heights.map((_, i) => i)): VirtualWindow {
  const virtual = new VirtualWindow();
  virtual.reset(keys.length, {
    keyAt: index => keys[index] ?? 0,
    indexOf: key =>
      Math.max(
        0,
        keys.findIndex(candidate => candidate >= key),
      ),
    estimate: key => heights[key] ?? 30,
  });
  return virtual;
}

test('what is on the screen is what covers the viewport', () => {
  const heights = fc.array(fc.integer({ min: 10, max: 400 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(heights, fc.nat({ max: 40_000 }), fc.integer({ min: 50, max: 1200 }), (rows, offset, viewport) => {
      const virtual = windowOf(rows);
      const from = Math.min(offset, Math.max(0, virtual.total - viewport));
      const { start, end } = virtual.range(from, viewport, 0);
      expect(virtual.top(start)).toBeLessThanOrEqual(from);
      expect(virtual.top(end)).toBeGreaterThanOrEqual(Math.min(virtual.total, from + viewport));
    }),
  );
});

test('a row keeps its place on the screen when rows above it grow', () => {
  const virtual = windowOf(Array.from({ length: 100 }, () => 30));
  const anchor = virtual.anchorAt(1515);
  expect(anchor).toEqual({ key: 50, top: -15 });
  virtual.measure(3, 230);
  expect(virtual.offsetFor(anchor!)).toBe(1715);
});

test('measured heights outlive a filter that took their rows away', () => {
  const virtual = windowOf(Array.from({ length: 10 }, () => 30));
  virtual.measure(4, 200);
  const source = (keys: readonly number[]) => ({
    keyAt: (index: number) => keys[index] ?? 0,
    indexOf: (key: number) => keys.indexOf(key),
    estimate: () => 30,
  });
  virtual.reset(2, source([1, 2]));
  expect(virtual.total).toBe(60);
  virtual.reset(3, source([1, 4, 9]));
  expect(virtual.total).toBe(260);
});

test('a list taller than a browser can lay out is scaled, and both its ends are reached', () => {
  const virtual = windowOf(Array.from({ length: 200_000 }, () => 100));
  expect(virtual.scrollHeight).toBe(10_000_000);
  expect(virtual.offsetOf(virtual.scrollHeight - 800, 800)).toBeCloseTo(virtual.total - 800);
  expect(virtual.scrollTopOf(virtual.total - 800, 800)).toBeCloseTo(virtual.scrollHeight - 800);
  expect(virtual.offsetOf(0, 800)).toBe(0);
});
