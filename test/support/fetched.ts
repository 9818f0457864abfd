import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../source-files.ts';

const execute = promisify(execFile);

/** A folder below `test/` with packages of its own. */
export const fetchedFolder = (name: string): string => fileURLToPath(new URL(`../${name}/`, import.meta.url));

/** Fetches a folder's packages where they are not there: `npm test` has done so before. @throws Error with what npm said */
export async function fetchPackages(folder: string): Promise<void> {
  const script = join(ROOT, 'scripts/fetch-programs.mjs');
  await execute(process.execPath, [script, basename(folder)]).catch((error: { stderr?: string }) => {
    throw new Error(error.stderr || String(error));
  });
}

/** The runtimes that `test/runtimes` names, beside the one at hand. */
export type RuntimeMajor = 22 | 24 | 26;

/** Where that Node is, and its version. Fetched where it is not there. */
export async function runtime(major: RuntimeMajor): Promise<{ readonly node: string; readonly version: string }> {
  const folder = fetchedFolder('runtimes');
  const name = `node_modules/node${major}-${process.platform}-${process.arch}`;
  await fetchPackages(folder);
  const { packages } = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string } | undefined>;
  };
  const version = packages[name]?.version;
  if (version === undefined) throw new Error(`${folder}package-lock.json names no ${name}.`);
  return { node: join(folder, name, 'bin/node'), version };
}
