import { fileURLToPath } from 'node:url';
import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';
import { LongestFirst } from './test/setup/longest-first.ts';

/** What holds for every test file. */
export const settings = {
  setupFiles: ['test/setup/environment.ts'],
  // Real processes, sockets and browsers on two cores: generous ceilings, and tests wait for conditions.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000 } },
  pool: 'forks',
  maxConcurrency: 2,
  alias: [{ find: /^fast-check$/, replacement: fileURLToPath(new URL('test/setup/fast-check.ts', import.meta.url)) }],
} satisfies UserWorkspaceConfig['test'];

const MODULES = ['adw', 'base', 'cli', 'event', 'server', 'sidecar'].map(folder => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/setup/run.ts', 'test/setup/state-home.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than there are cores: many tests wait for a while, such as for a cluster that elects.
    maxWorkers: 3,
    projects: [
      // What drives other programs keeps servers and a browser for a file: each has a process of its own.
      { test: { ...settings, name: 'programs', include: ['test/**/*.test.ts'], exclude: MODULES } },
      // The others share a process, and load what they test once for all.
      { test: { ...settings, name: 'modules', include: MODULES, isolate: false } },
    ],
  },
});
