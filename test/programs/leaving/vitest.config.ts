import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { settings } from '../../../vitest.config.ts';

/** The suite's own settings, on the programs beside this file. */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  test: { ...settings, globalSetup: 'test/setup/run.ts', include: ['test/programs/leaving/*ing.ts'] },
});
