import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

/** Bytes below which packing saves nothing. */
const PACK_BYTES_MIN = 1024;

/**
 * Writes `.gz` and `.br` beside every asset worth packing, so that the server sends bytes and never compresses. Works on
 * what was written: until then other plugins still change chunks.
 */
function precompress(): Plugin {
  const packers = { gz: promisify(gzip), br: promisify(brotliCompress) };
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter(name => /\.(js|css|html|svg)$/.test(name));
      await Promise.all(
        names.map(async name => {
          const bytes = await readFile(join(dir, name));
          if (bytes.length < PACK_BYTES_MIN) return;
          for (const [extension, pack] of Object.entries(packers)) {
            await writeFile(join(dir, `${name}.${extension}`), await pack(bytes));
          }
        }),
      );
    },
  };
}

const MAIN = fileURLToPath(new URL('src/main.ts', import.meta.url));
const PAGE = fileURLToPath(new URL('src/page.tsx', import.meta.url));

/**
 * Puts what asks for the first rows into one chunk and what else the page needs at once into another. The bundler would
 * cut both along what the tabs share, and every piece is one more request before anything is drawn.
 */
function firstChunks(id: string, graph: Rolldown.ChunkingContext): string | null {
  const isReachedFrom = (entry: string): boolean => {
    const reached = new Set<string>([entry]);
    for (const at of reached) for (const next of graph.getModuleInfo(at)?.importedIds ?? []) reached.add(next);
    return reached.has(id);
  };
  return isReachedFrom(MAIN) ? 'first' : isReachedFrom(PAGE) ? 'page' : null;
}

/** Names the page's chunks in the document: they are read beside the entry that asks for the first rows, not after it. */
function preloadPage(): Plugin {
  return {
    name: 'preload-page',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter(file => file.type === 'chunk');
        const page = chunks.find(({ moduleIds }) => moduleIds.includes(PAGE));
        if (page?.type !== 'chunk') throw new Error('The build has no chunk for src/page.tsx');
        // What the entry imports is a line of its own that imports the page.
        const facade = chunks.find(({ facadeModuleId }) => facadeModuleId === PAGE) ?? page;
        const names = new Set([page.fileName, facade.fileName, ...page.imports, ...facade.imports]);
        const styles = [...(page.viteMetadata?.importedCss ?? [])];
        return [
          ...[...names].filter(name => !html.includes(name)).map(name => link('modulepreload', name)),
          ...styles.map(name => link('stylesheet', name)),
        ];
      },
    },
  };
}

const link = (rel: string, name: string) => ({
  tag: 'link',
  attrs: { rel, crossorigin: true, href: `./${name}` },
  injectTo: 'head' as const,
});

export default defineConfig({
  base: './',
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    license: { fileName: 'licenses.md' },
    // A strict CSP forbids inline scripts and data: scripts; every browser we name preloads modules by itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 200,
    rolldownOptions: {
      output: {
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: firstChunks, debugName: 'first' }] },
      },
    },
  },
  plugins: [preloadPage(), precompress()],
});
