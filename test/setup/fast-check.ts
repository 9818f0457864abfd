import fc from '../../node_modules/fast-check/lib/fast-check.js';
import { seedOf } from './seed.ts';

/** What tests get for `fast-check` (vitest.config.ts): the package, beginning with the run's seed. */
fc.configureGlobal({ seed: seedOf(process.env.TEST_SEED) });

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
