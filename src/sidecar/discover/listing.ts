import { accessSync, constants, type Dirent, readdirSync } from 'node:fs';
import { systemCode } from '../../base/errors.ts';
import { statIfAny } from '../../base/stat.ts';

/** Directories by their absolute path, each with its inode: another directory under the same name is another one. */
export type Directories = ReadonlyMap<string, number>;

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
  #visited = new Map<string, number>();

  /** The directories listed since the last call, with their inodes. */
  takeVisited(): Directories {
    const visited = this.#visited;
    this.#visited = new Map();
    return visited;
  }

  /** The entries of a directory, sorted by name; none where it does not exist or cannot be read. */
  list(directory: string): readonly Dirent[] {
    const stats = statIfAny(directory);
    if (!stats?.isDirectory()) {
      this.#known.delete(directory);
      this.unreadable.delete(directory);
      return [];
    }
    this.#visited.set(directory, stats.ino);
    const known = this.#known.get(directory);
    if (known?.mtimeMs === stats.mtimeMs) return known.entries;
    const entries = this.#read(directory);
    // A right that is given later changes no mtime: an unreadable directory is tried at every look.
    if (this.unreadable.has(directory)) return [];
    if (Date.now() - stats.mtimeMs > TIME_GRAIN_MS) this.#known.set(directory, { mtimeMs: stats.mtimeMs, entries });
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
