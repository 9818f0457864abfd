import { accessSync, constants, type Dirent, readdirSync } from 'node:fs';
import { systemCode } from '../../base/errors.ts';
import { lstatIfAny } from '../../base/stat.ts';

/** Directories by their absolute path, each with its inode: another directory under the same name is another one. */
export type Directories = ReadonlyMap<string, number>;

/** What tells a directory from what lies there later. */
interface DirectoryState {
  readonly ino: number;
  readonly mtimeMs: number;
  /** Changes with the rights, too. */
  readonly ctimeMs: number;
}

/** A directory whose time of change is younger than this may change again without a newer time. */
const TIME_GRAIN_MS = 2_000;

/**
 * Lists directories, and again only when they changed: an entry that is made, removed or renamed changes its
 * directory's mtime. Thousands of unchanged directories cost one stat each.
 */
export class DirectoryLister {
  readonly #known = new Map<string, { mtimeMs: number; entries: Dirent[] }>();
  /** Directories that are there and may not be read, with the system's code. */
  readonly unreadable = new Map<string, string>();
  /** Every directory asked for since the walk began; undefined where there was none. */
  #visited = new Map<string, DirectoryState | undefined>();

  /** Begins a walk. */
  begin(): void {
    this.#visited = new Map();
  }

  /** The directories listed since the walk began, with their inodes. */
  get directories(): Directories {
    const directories = new Map<string, number>();
    for (const [directory, state] of this.#visited) if (state !== undefined) directories.set(directory, state.ino);
    return directories;
  }

  /** Whether a walk would find just what the last one found. */
  isUnchanged(): boolean {
    if (this.#visited.size === 0 || this.unreadable.size > 0) return false;
    for (const [directory, before] of this.#visited) {
      const now = stateOf(directory);
      if (now?.ino !== before?.ino || now?.mtimeMs !== before?.mtimeMs || now?.ctimeMs !== before?.ctimeMs)
        return false;
      if (now !== undefined && !this.#known.has(directory)) return false;
    }
    return true;
  }

  /** The entries of a directory, sorted by name; none where it does not exist or cannot be read. */
  list(directory: string): readonly Dirent[] {
    const state = stateOf(directory);
    this.#visited.set(directory, state);
    if (state === undefined) {
      this.#known.delete(directory);
      this.unreadable.delete(directory);
      return [];
    }
    const { mtimeMs } = state;
    const known = this.#known.get(directory);
    if (known?.mtimeMs === mtimeMs) return known.entries;
    this.#known.delete(directory);
    const entries = this.#read(directory);
    // A right that is given later changes no mtime: an unreadable directory is tried in every scan.
    if (this.unreadable.has(directory)) return [];
    if (Date.now() - mtimeMs > TIME_GRAIN_MS) this.#known.set(directory, { mtimeMs, entries });
    return entries;
  }

  #read(directory: string): Dirent[] {
    this.unreadable.delete(directory);
    try {
      // Names may be there for the asking where nothing behind them is.
      accessSync(directory, constants.R_OK | constants.X_OK);
      return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      const code = systemCode(error);
      // One that vanished meanwhile is simply not there.
      if (code !== undefined && code !== 'ENOENT' && code !== 'ENOTDIR') this.unreadable.set(directory, code);
      return [];
    }
  }
}

/** Undefined where no directory is, as behind a link. */
function stateOf(path: string): DirectoryState | undefined {
  const stats = lstatIfAny(path);
  if (!stats?.isDirectory()) return undefined;
  const { ino, mtimeMs, ctimeMs } = stats;
  return { ino, mtimeMs, ctimeMs };
}
