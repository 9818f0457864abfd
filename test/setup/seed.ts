/**
 * The seed of all random inputs of a test run: always the same, so that a run tells of a change and not of its luck, unless
 * `TEST_SEED` asks for another, a whole number or `random`.
 */
export function seedOf(asked: string | undefined): number {
  if (asked === 'random') return (Date.now() ^ process.pid) >>> 0;
  const seed = Number(asked ?? 1);
  if (!Number.isSafeInteger(seed) || asked === '')
    throw new Error(`TEST_SEED is a whole number or "random", not "${asked}".`);
  return seed;
}

/** Draws a random seed once for all processes of a run, before its tests, and says which: `TEST_SEED=<number>` repeats it. */
export default function setup(): void {
  if (process.env.TEST_SEED !== 'random') return;
  process.env.TEST_SEED = String(seedOf('random'));
  console.log(`TEST_SEED=${process.env.TEST_SEED}`);
}
