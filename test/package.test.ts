import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, test } from 'vitest';
import { sourceFiles } from './source-files.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** What the tarball may take, bytes. It took 2.1 MB when this was written, the packages that the command uses and the page that is exported included. */
const PACKED_BYTES_MAX = 2_300_000;

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

async function packed(): Promise<Packed> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
  const [found] = JSON.parse(stdout) as Packed[];
  if (found === undefined) throw new Error('npm packs nothing');
  return found;
}

describe('the package', () => {
  test('holds what runs and what explains it, and nothing else', async () => {
    const { files, size } = await packed();
    const allowed = [
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|bin\/adw-stream\.js|docs\/[\w-]+\.md)$/,
      /^dist\/cli\/([\w-]+\.js|licenses\.md)$/,
      // What others import, and what that imports.
      /^dist\/(adw|base|client|event)\/[\w/-]+\.(js|d\.ts)$/,
      /^dist\/export\/(page\.(js|css)|licenses\.md)$/,
      /^dist\/dashboard\/(index\.html(\.br|\.gz)?|licenses\.md|favicon\.svg|assets\/[\w.-]+)$/,
    ];
    expect(files.map(({ path }) => path).filter(path => !allowed.some(pattern => pattern.test(path)))).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'bin/adw-stream.js',
        'dist/cli/main.js',
        'dist/cli/licenses.md',
        'dist/dashboard/licenses.md',
        'dist/export/page.js',
        'dist/export/licenses.md',
        'dist/client/index.d.ts',
        'docs/configuration.md',
      ]),
    );
    expect(size).toBeLessThan(PACKED_BYTES_MAX);
  });

  test.each([
    ['dist/dashboard/licenses.md', 'dashboard/src'],
    ['dist/export/licenses.md', 'dashboard/src'],
    ['dist/cli/licenses.md', 'src'],
  ])('names the license of every package that is bundled: %s', async (file, folder) => {
    const manifest = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as Record<string, object>;
    // These are installed, with licenses of their own.
    const outside = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    const named = [...(await readFile(ROOT + file, 'utf8')).matchAll(/^## (\S+) - \S+ \((.+)\)$/gm)];
    const names = new Set(named.map(([, name]) => name));
    const imported = sourceFiles(folder).flatMap(({ imports }) =>
      imports.flatMap(({ package: name, typeOnly }) => (typeOnly || name?.startsWith('node:') ? [] : (name ?? []))),
    );
    expect(imported.length).toBeGreaterThan(5);
    expect([...new Set(imported)].filter(name => ![...names, ...outside].includes(name))).toEqual([]);
  });

  // Without packing, which would build anew under the other tests.
  test('is what publint expects of one', async () => {
    const manifest = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as Record<string, unknown>;
    const { messages } = await publint({ pkgDir: ROOT, strict: true, pack: false });
    expect(messages.map(message => formatMessage(message, manifest))).toEqual([]);
  });
});
