/**
 * The seed that all properties of a test run begin with: always the same, so that a run tells of a change and not of its
 * luck, unless `TEST_SEED` asks for another, a whole number or `random`. A property that fails prints the seed it had.
 */
export function seedOf(asked: string | undefined): number {
  if (asked === 'random') return (Date.now() ^ process.pid) >>> 0;
  const seed = Number(asked ?? 1);
  if (!Number.isSafeInteger(seed) || asked === '')
    throw new Error(`TEST_SEED is a whole number or "random", not "${asked}".`);
  return seed;
}
