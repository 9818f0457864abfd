import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A folder below `test/` with packages of its own, which tests fetch where they are not there. */
export const fetchedFolder = (name: string): string => fileURLToPath(new URL(`../${name}/`, import.meta.url));

/**
 * Fetches a folder's packages, where one of them is not there in the version that its lock file names.
 * @param packages those that are looked for, by name
 */
export async function fetchPackages(folder: string, packages: readonly string[]): Promise<void> {
  const lock = await packagesOf(join(folder, 'package-lock.json'));
  const installed = await packagesOf(join(folder, 'node_modules/.package-lock.json')).catch(() => undefined);
  const isThere = packages.every(name => {
    const path = `node_modules/${name}`;
    const wanted = lock[path]?.version;
    if (wanted === undefined) throw new Error(`${folder}package-lock.json names no ${path}.`);
    return installed?.[path]?.version === wanted;
  });
  if (isThere) return;
  // By the lock file, as `npm ci`, which refuses one without the packages for machines of other kinds: not every registry has those.
  await execute('npm', ['install', '--no-save'], { cwd: folder }).catch((error: { stderr?: string }) => {
    throw new Error(
      `npm could not fetch the programs that this test runs. Run \`npm install --no-save\` in ${folder} once, with a way to npm's registry ` +
        `or a copy of it; they stay there.\n${error.stderr ?? String(error)}`,
    );
  });
}

/** The packages that a lock file names, by where they lie. */
async function packagesOf(file: string): Promise<Record<string, { version: string }>> {
  return (JSON.parse(await readFile(file, 'utf8')) as { packages: Record<string, { version: string }> }).packages;
}
