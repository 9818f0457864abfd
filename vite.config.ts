import { defineConfig, type Plugin } from 'vite';
import manifest from './package.json' with { type: 'json' };

/** Left out of the bundle: what is compiled for a machine, and what not everybody installs. */
const external = ['@photostructure/sqlite', ...Object.keys(manifest.optionalDependencies)];

/**
 * V8 keeps a source with one character beyond Latin-1 in it, such as an ellipsis, at two bytes for each of its characters:
 * escaped, they save a watch half a megabyte. A raw template would keep the escape as it is; none holds such a character.
 */
const latin1: Plugin = {
  name: 'latin1',
  generateBundle(_, bundle) {
    for (const output of Object.values(bundle)) {
      if (output.type === 'chunk') output.code = output.code.replace(/[^\0-\xff]/g, escaped);
    }
  },
};

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * The command with the packages it uses, in a few files: Node takes half a second to find and link hundreds of small ones.
 * Chunks lie flat beside the entry, as deep below the root as `src/base/package-root.ts` says. The dashboard has a build of its own.
 */
export default defineConfig({
  plugins: [latin1],
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
