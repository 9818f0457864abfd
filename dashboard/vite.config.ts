import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Writes `.gz` and `.br` beside every asset worth packing, so that the server sends bytes and never compresses. */
function precompress(): Plugin {
  const pack = { gz: promisify(gzip), br: promisify(brotliCompress) };
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (!/\.(js|css|html|svg)$/.test(file.fileName)) continue;
        const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        if (bytes.length < 1024) continue;
        for (const [extension, compress] of Object.entries(pack)) {
          const packed: Buffer = await compress(bytes);
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.${extension}`, source: packed });
        }
      }
    },
  };
}

export default defineConfig({
  base: './',
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    // A strict CSP forbids inline scripts and data: scripts; every browser we name preloads modules by itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 200,
  },
  plugins: [precompress()],
});
