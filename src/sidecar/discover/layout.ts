import { basename, dirname, join, relative, sep } from 'node:path';
import { lstatIfAny } from '../../base/stat.ts';

/**
 * Where workflows keep their runs. `classic`: `agents/<adw_id>/<role>/`; `factory`: `adws/adw_data/sessions/<adw_id>/<agent>/`,
 * with a database of the runs beside it.
 */
export type Layout = 'classic' | 'factory';

/** The directories that hold runs: the one that was found first, and the other layout's of the same project. Absolute. */
export interface RunDirectories {
  readonly agentsDir: string;
  /** They need not be there yet. */
  readonly otherDirs?: readonly string[];
}

/** Where each layout keeps its runs, below a project's directory. */
export const RUNS_BELOW: Readonly<Record<Layout, string>> = {
  classic: 'agents',
  factory: join('adws', 'adw_data', 'sessions'),
};

/** The factory's database, beside its runs. */
const DATABASE = 'sssf.db';
/** Where each layout's workflows check out a tree of their own for a run, below the repository: `<name>/<adw_id>/`. */
const WORKTREES: Readonly<Record<Layout, readonly string[]>> = {
  classic: ['trees'],
  factory: ['trees', '.sssf-worktrees'],
};

/** Every directory that may hold runs. */
export function directoriesOf({ agentsDir, otherDirs = [] }: RunDirectories): readonly string[] {
  return [agentsDir, ...otherDirs];
}

/** The layout of a directory that holds runs, by its name or by the database beside it. */
export function layoutOf(directory: string): Layout {
  if (basename(directory) !== 'sessions') return 'classic';
  const isNamed = basename(dirname(directory)) === 'adw_data';
  return isNamed || lstatIfAny(databaseBeside(directory)) !== undefined ? 'factory' : 'classic';
}

/** Where the database of a factory's runs lies. */
export function databaseBeside(directory: string): string {
  return join(dirname(directory), DATABASE);
}

/** The project that a directory of runs belongs to. */
export function repositoryOf(directory: string): string {
  if (layoutOf(directory) === 'classic') return dirname(directory);
  const workflows = dirname(dirname(directory));
  return basename(workflows) === 'adws' ? dirname(workflows) : workflows;
}

/** The directories in which a project's workflows check out trees for their runs. */
export function worktreesOf(directory: string): readonly string[] {
  const repository = repositoryOf(directory);
  return WORKTREES[layoutOf(directory)].map(name => join(repository, name));
}

/** Where a run's files may lie, with what paths below it begin with in events. */
export interface RunRoot {
  readonly directory: string;
  readonly prefix: string;
  readonly layout: Layout;
  /** Of a worktree: where it was checked out. */
  readonly worktree?: string;
}

/** Everywhere that a run of this id may lie: in each directory of runs, and in the same place of its own worktrees. */
export function rootsOf(adwId: string, directories: RunDirectories): readonly RunRoot[] {
  return directoriesOf(directories).flatMap(directory => {
    const layout = layoutOf(directory);
    const repository = repositoryOf(directory);
    const below = layout === 'classic' ? RUNS_BELOW.classic : relative(repository, directory);
    const inWorktrees = worktreesOf(directory).map(trees => ({
      directory: join(trees, adwId, below, adwId),
      prefix: `${relative(repository, trees).split(sep).join('/')}/${adwId}/`,
      layout,
      worktree: join(trees, adwId),
    }));
    return [{ directory: join(directory, adwId), prefix: '', layout }, ...inWorktrees];
  });
}
