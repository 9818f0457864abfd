import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/setup/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/run.ts', 'test/setup/state-home.ts'],
    setupFiles: ['test/setup/environment.ts'],
    // Real processes, sockets and browsers on two cores: generous ceilings, and tests wait for conditions.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    sequence: { sequencer: LongestFirst },
    alias: [{ find: /^fast-check$/, replacement: fileURLToPath(new URL('test/setup/fast-check.ts', import.meta.url)) }],
  },
});
