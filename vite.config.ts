import { isDeepStrictEqual } from 'node:util';
import { defineConfig, type Plugin } from 'vite';
import manifest from './package.json' with { type: 'json' };

/** Left out of the bundle: what is compiled for a machine, and what is optional. */
const external = ['@photostructure/sqlite', ...Object.keys(manifest.optionalDependencies)];

/** Characters from which a literal is data. */
const DATA_CHARACTERS_MIN = 100_000;

/**
 * Hands large literals of packages to V8 as JSON, which it reads ten times as fast: the price table alone took a tenth of a
 * command's start.
 */
function dataAsJson(): Plugin {
  return {
    name: 'data-as-json',
    transform(code, id) {
      if (code.length < DATA_CHARACTERS_MIN || !id.includes('/node_modules/')) return null;
      for (const statement of this.parse(code).body) {
        if (statement.type !== 'VariableDeclaration') continue;
        for (const { init } of statement.declarations) {
          if (init?.type !== 'ArrayExpression' || init.end - init.start < DATA_CHARACTERS_MIN) continue;
          const value: unknown = new Function(`return ${code.slice(init.start, init.end)}`)();
          const json = JSON.stringify(value);
          if (!isDeepStrictEqual(JSON.parse(json), value)) this.error(`A literal of ${id} is more than JSON can say.`);
          return `${code.slice(0, init.start)}JSON.parse(${JSON.stringify(json)})${code.slice(init.end)}`;
        }
      }
      return null;
    },
  };
}

/**
 * The command with the packages it uses, in a few files: Node takes half a second to find and link hundreds of small ones.
 * Chunks lie flat beside the entry, as deep below the root as `src/base/package-root.ts` says. The dashboard has a build of its own.
 */
export default defineConfig({
  plugins: [dataAsJson()],
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
