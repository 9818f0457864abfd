import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/**
 * Writes what would end or change the script element that the code stands in some other way that means the same: in code
 * these only stand in strings and expressions.
 */
function fitForScriptElement(): Plugin {
  return {
    name: 'fit-for-script-element',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const path = join(dir, 'page.js');
      const code = await readFile(path, 'utf8');
      await writeFile(path, code.replaceAll(/<(?=\/script|script|!--)/gi, '\\x3C'));
    },
  };
}

/** The page that is exported with a run inside: the same page in one script and one style, behind the source in `exported.ts`. */
export default defineConfig({
  build: {
    outDir: '../dist/export',
    emptyOutDir: true,
    copyPublicDir: false,
    license: { fileName: 'licenses.md' },
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: fileURLToPath(new URL('src/exported.ts', import.meta.url)),
      output: { entryFileNames: 'page.js', assetFileNames: 'page.[ext]', codeSplitting: false },
    },
  },
  plugins: [fitForScriptElement()],
});
