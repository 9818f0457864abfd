import { type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Directories } from './listing.ts';

/** What {@link DirectoryWatcher} takes. */
export interface DirectoryWatcherOptions {
  /**
   * Called with the absolute path that something happened to.
   * `entry`: a name came or went; `content`: a file was written to.
   */
  readonly onHint: (absolute: string, what: 'entry' | 'content') => void;
  /** Called once when the system cannot watch, for example because its inotify limit is reached; told why, and the remedy. */
  readonly onUnavailable: (why: string) => void;
  readonly log: Logger;
}

interface Watched {
  readonly inode: number;
  readonly watcher: FSWatcher;
}

/**
 * File system events of the directories that a look at the tree went through. An event is only a hint that a look is
 * worth while, so nothing here is read, sorted or remembered: a watching library reads the whole directory again at
 * each event in it, which cost more than delivering the line that caused it.
 */
export class DirectoryWatcher {
  readonly #options: DirectoryWatcherOptions;
  readonly #watched = new Map<string, Watched>();
  #isUnavailable = false;

  constructor(options: DirectoryWatcherOptions) {
    this.#options = options;
  }

  /** From now on listens in exactly these directories. @returns whether one is new: what it holds may have changed since the look */
  watch(directories: Directories): boolean {
    for (const [path, { inode }] of this.#watched) if (directories.get(path) !== inode) this.#forget(path);
    let isNew = false;
    for (const [path, inode] of directories) {
      if (this.#isUnavailable || this.#watched.has(path)) continue;
      const watcher = this.#open(path);
      if (watcher === undefined) continue;
      this.#watched.set(path, { inode, watcher });
      isNew = true;
    }
    return isNew;
  }

  /** Stops listening. */
  close(): void {
    for (const path of [...this.#watched.keys()]) this.#forget(path);
  }

  #open(path: string): FSWatcher | undefined {
    try {
      return watch(path, { persistent: false }, (event, name) => this.#hint(path, event, name)).on('error', error =>
        this.#failed(path, error),
      );
    } catch (error) {
      this.#failed(path, error);
      return undefined;
    }
  }

  #hint(directory: string, event: string, name: string | null): void {
    const what = event === 'rename' ? 'entry' : 'content';
    // The system names a watched directory itself when it goes. A new one in its place may even get its inode.
    if (what === 'entry' && name === basename(directory)) this.#forget(directory);
    this.#options.onHint(name ? join(directory, name) : directory, what);
  }

  #failed(path: string, error: unknown): void {
    this.#forget(path);
    const code = systemCode(error);
    // The directory went, or is not ours to read: the look at the tree knows that.
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' || this.#isUnavailable) return;
    this.#isUnavailable = true;
    const limit = { ENOSPC: 'max_user_watches', EMFILE: 'max_user_instances' }[code ?? ''];
    const remedy = limit ? ` Raise fs.inotify.${limit} to get them back.` : '';
    const why = `File system events are not available (${messageOf(error)}); polling instead.${remedy}`;
    this.#options.log.warn(why);
    this.#options.onUnavailable(why);
  }

  #forget(path: string): void {
    this.#watched.get(path)?.watcher.close();
    this.#watched.delete(path);
  }
}
