import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import suite from '../../../vitest.config.ts';

/** The suite's own settings, on the programs beside this file. */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  test: { ...suite.test, include: ['test/programs/leaving/*ing.ts'] },
});
