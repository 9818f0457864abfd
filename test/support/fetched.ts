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
 * @returns their versions, in the same order
 */
export async function fetchPackages(folder: string, packages: readonly string[]): Promise<string[]> {
  const lock = await packagesOf(join(folder, 'package-lock.json'));
  const installed = await packagesOf(join(folder, 'node_modules/.package-lock.json')).catch(() => undefined);
  const wanted = packages.map(name => {
    const { version } = lock[`node_modules/${name}`] ?? {};
    if (version === undefined) throw new Error(`${folder}package-lock.json names no ${name}.`);
    return version;
  });
  if (packages.every((name, at) => installed?.[`node_modules/${name}`]?.version === wanted[at])) return wanted;
  // By the lock file, as `npm ci`, which refuses one without the packages for machines of other kinds: not every registry has those.
  const npm = ['npm', 'install', '--no-save'] as const;
  // Another test may fetch the same at this moment. npm keeps what is there.
  const [command, ...args] = process.platform === 'linux' ? (['flock', folder, ...npm] as const) : npm;
  await execute(command, args, { cwd: folder }).catch((error: { stderr?: string }) => {
    throw new Error(
      `npm could not fetch the programs that this test runs. Run \`npm install --no-save\` in ${folder} once, with a way to npm's registry ` +
        `or a copy of it; they stay there.\n${error.stderr ?? String(error)}`,
    );
  });
  return wanted;
}

/** The runtimes that `test/runtimes` names, beside the one at hand. */
export type RuntimeMajor = 22 | 24 | 26;

/** Where that Node is, and its version. Fetched where it is not there. */
export async function runtime(major: RuntimeMajor): Promise<{ readonly node: string; readonly version: string }> {
  const folder = fetchedFolder('runtimes');
  const name = `node${major}-${process.platform}-${process.arch}`;
  const [version] = await fetchPackages(folder, [name]);
  return { node: join(folder, 'node_modules', name, 'bin/node'), version: version! };
}

/** The packages that a lock file names, by where they lie. */
async function packagesOf(file: string): Promise<Record<string, { version: string }>> {
  return (JSON.parse(await readFile(file, 'utf8')) as { packages: Record<string, { version: string }> }).packages;
}
