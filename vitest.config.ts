import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './test/setup/longest-first.ts';

/** What holds for every test file. */
export const settings = {
  setupFiles: ['test/setup/environment.ts'],
  // Real processes, sockets and browsers on two cores: generous ceilings, and tests wait for conditions.
  testTimeout: 150_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
  pool: 'forks',
  // Files share a process, one after the other: what they import is loaded once for all (test/setup/after.ts).
  isolate: false,
  maxConcurrency: 2,
  alias: [{ find: /^fast-check$/, replacement: fileURLToPath(new URL('test/setup/fast-check.ts', import.meta.url)) }],
} satisfies ViteUserConfig['test'];

export default defineConfig({
  test: {
    ...settings,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/seed.ts', 'test/setup/run.ts', 'test/setup/places.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than two cores have: many tests wait for a while, such as for a cluster that elects. With a fourth, all of them
    // need more of the processor, for what they import and ask while they wait, and the suite takes longer.
    maxWorkers: 3,
  },
});
