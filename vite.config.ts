import { defineConfig } from 'vite';
import manifest from './package.json' with { type: 'json' };

/** Left out of the bundle: what is compiled for a machine, and what is optional. */
const external = ['@photostructure/sqlite', ...Object.keys(manifest.optionalDependencies)];

/**
 * The command with the packages it uses, in a few files: Node takes half a second to find and link hundreds of small ones.
 * Chunks lie flat beside the entry, as deep below the root as `src/base/package-root.ts` says. The dashboard has a build of its own.
 */
export default defineConfig({
  ssr: { noExternal: true, external },
  build: {
    ssr: 'src/cli/main.ts',
    target: 'node20',
    outDir: 'dist/cli',
    // Names that a profile or a report of a fault can show.
    minify: false,
    license: { fileName: 'licenses.md' },
    rolldownOptions: { output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' } },
  },
});
