import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type IdFormat, isAdwId } from '../../adw/id.ts';
import { AdwStreamError } from '../../base/errors.ts';

/**
 * The directory that holds one directory for each ADW: `agentsDir` when it is given, else `agents/` in `cwd` or in its
 * nearest ancestor that has one. Symbolic links are resolved.
 * @throws AdwStreamError agents_dir_not_found
 */
export async function findAgentsDir({ agentsDir, cwd }: { agentsDir?: string; cwd: string }): Promise<string> {
  if (agentsDir !== undefined) {
    const path = resolve(cwd, agentsDir);
    if (isDirectory(path)) return realpathSync(path);
    throw new AdwStreamError('agents_dir_not_found', `There is no directory ${path}.`);
  }
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const candidate = join(directory, 'agents');
    if (isDirectory(candidate)) return realpathSync(candidate);
    if (directory === dirname(directory)) break;
  }
  throw new AdwStreamError('agents_dir_not_found', `There is no agents/ directory in ${cwd} or above it.`);
}

/** The ids of the ADWs that have a directory below `agentsDir`, sorted. */
export async function listAdwIds(agentsDir: string, idFormat: IdFormat): Promise<string[]> {
  return readdirSync(agentsDir, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && isAdwId(entry.name, idFormat))
    .map(entry => entry.name)
    .sort();
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
