import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seedOf } from './seed.ts';

test('properties see the same inputs in every run, unless TEST_SEED asks for others', () => {
  expect([seedOf(undefined), seedOf('1'), seedOf('-7')]).toEqual([1, 1, -7]);
  if (process.env.TEST_SEED !== 'random') expect(fc.readConfigureGlobal().seed).toBe(seedOf(process.env.TEST_SEED));
});

test('random inputs are those of a seed that is printed with a failure', () => {
  const seed = seedOf('random');
  const fails = () =>
    fc.assert(
      fc.property(fc.nat(), () => false),
      { seed },
    );
  expect(fails).toThrow(`seed: ${seed | 0}`);
});

test.each(['', 'today', '1.5'])('TEST_SEED=%s is refused', asked => {
  expect(() => seedOf(asked)).toThrow('TEST_SEED');
});
