import { type Dirent, readdirSync, statSync } from 'node:fs';

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
  #visited = new Map<string, number>();

  /** The directories listed since the last call, with their inodes. */
  takeVisited(): Directories {
    const visited = this.#visited;
    this.#visited = new Map();
    return visited;
  }

  /** The entries of a directory, sorted by name; none where it does not exist or cannot be read. */
  list(directory: string): readonly Dirent[] {
    const stats = statSync(directory, { throwIfNoEntry: false });
    if (!stats?.isDirectory()) {
      this.#known.delete(directory);
      return [];
    }
    this.#visited.set(directory, stats.ino);
    const known = this.#known.get(directory);
    if (known?.mtimeMs === stats.mtimeMs) return known.entries;
    const entries = read(directory);
    if (Date.now() - stats.mtimeMs > TIME_GRAIN_MS) this.#known.set(directory, { mtimeMs: stats.mtimeMs, entries });
    return entries;
  }
}

function read(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // vanished, or not ours to read; the next sweep looks again
  }
}
