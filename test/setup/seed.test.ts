import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomNumbers } from '../support/random.ts';
import { seedOf } from './seed.ts';

test('random inputs are the same in every run, unless TEST_SEED asks for others', () => {
  expect([seedOf(undefined), seedOf('1'), seedOf('-7')]).toEqual([1, 1, -7]);
  expect(fc.readConfigureGlobal().seed).toBe(seedOf(process.env.TEST_SEED));
  const [one, same, other] = [randomNumbers(1), randomNumbers(1), randomNumbers(2)].map(next => [next(), next()]);
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
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
