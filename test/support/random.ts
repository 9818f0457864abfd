import fc from 'fast-check';

/** The seed of this run of the tests (test/setup/seed.ts): `TEST_SEED` asks for another. */
export const SEED = fc.readConfigureGlobal().seed ?? 1;

/**
 * Numbers from 0 up to 1, without 1, that are the same for the same seed (mulberry32).
 * @param use tells apart what goes on at the same time: each has numbers of its own, whatever the others have drawn so far
 */
export function randomNumbers(use = 0, seed = SEED): () => number {
  let state = seed + Math.imul(use, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
