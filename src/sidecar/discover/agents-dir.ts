import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type IdFormat, isAdwId } from '../../adw/id.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { lstatIfAny, statIfAny } from '../../base/stat.ts';
import { directoriesOf, RUNS_BELOW, type RunDirectories, rootsOf, worktreesOf } from './layout.ts';

/**
 * The directories that hold one directory for each ADW. `agentsDir` when it is given: such a directory itself, or a project
 * that has one; else those of `cwd`, or of its nearest ancestor that has one. Symbolic links are resolved.
 * @throws AdwStreamError agents_dir_not_found
 */
export async function findRunDirectories({
  agentsDir,
  cwd,
}: {
  agentsDir?: string;
  cwd: string;
}): Promise<RunDirectories> {
  if (agentsDir !== undefined) {
    const path = resolve(cwd, agentsDir);
    if (!isDirectory(path)) throw new AdwStreamError('agents_dir_not_found', `There is no directory ${path}.`);
    return (await isProject(path)) ? (inProject(path) as RunDirectories) : { agentsDir: realpathSync(path) };
  }
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const found = inProject(directory);
    if (found !== undefined) return found;
    if (directory === dirname(directory)) break;
  }
  const message = `There is no agents/ directory in ${cwd} or above it, and no ${RUNS_BELOW.factory}/.`;
  throw new AdwStreamError('agents_dir_not_found', message);
}

/** Both layouts' directories of a project; the other one need not be there yet. Undefined where it has neither. */
function inProject(project: string): RunDirectories | undefined {
  const candidates = [RUNS_BELOW.classic, RUNS_BELOW.factory].map(below => join(project, below));
  const first = candidates.find(isDirectory);
  if (first === undefined) return undefined;
  const others = candidates.filter(directory => directory !== first);
  return { agentsDir: realpathSync(first), otherDirs: others.map(realpathOr) };
}

/** Whether a directory holds no runs, but directories that do. */
async function isProject(path: string): Promise<boolean> {
  if (inProject(path) === undefined) return false;
  const ids = await listAdwIds({ agentsDir: realpathSync(path) }, 'strict');
  return ids.length === 0;
}

/** The ids of the ADWs that have a directory in one of those of `runs`, or there in a worktree of their own; sorted. */
export async function listAdwIds(runs: RunDirectories, idFormat: IdFormat): Promise<string[]> {
  const ids = new Set<string>();
  for (const directory of directoriesOf(runs)) {
    const entries = directory === runs.agentsDir ? entriesOf(directory) : entriesIfAny(directory);
    for (const name of idsIn(entries, idFormat)) ids.add(name);
    for (const trees of worktreesOf(directory)) {
      for (const name of idsIn(entriesIfAny(trees), idFormat)) if (!ids.has(name) && isRun(name, runs)) ids.add(name);
    }
  }
  return [...ids].sort();
}

/** The directory of an ADW's runs that holds it; undefined where none does yet. */
export function directoryOf(adwId: string, runs: RunDirectories): string | undefined {
  const isIn = (directory: string) => rootsOf(adwId, { agentsDir: directory }).some(isRoot);
  return directoriesOf(runs).find(isIn);
}

function isRun(adwId: string, runs: RunDirectories): boolean {
  return rootsOf(adwId, runs).some(isRoot);
}

const isRoot = ({ directory }: { readonly directory: string }) => lstatIfAny(directory)?.isDirectory() ?? false;

function idsIn(entries: readonly Dirent[], idFormat: IdFormat): string[] {
  return entries.filter(entry => entry.isDirectory() && isAdwId(entry.name, idFormat)).map(({ name }) => name);
}

function entriesOf(directory: string): Dirent[] {
  return readdirSync(directory, { withFileTypes: true });
}

function entriesIfAny(directory: string): Dirent[] {
  try {
    return entriesOf(directory);
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  return statIfAny(path)?.isDirectory() ?? false;
}

function realpathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(realpathOfParent(path));
  }
}

/** A path that is not there yet, below the real path of what is. */
function realpathOfParent(path: string): string {
  const parent = dirname(path);
  return parent === path ? path : join(realpathOr(parent), path.slice(parent.length));
}
