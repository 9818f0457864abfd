import { basename, join, sep } from 'node:path';
import { FSWatcher } from 'chokidar';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { lineOf, TELEMETRY } from '../../base/telemetry.ts';
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

/** What chokidar says beside a `raw` event of `fs.watch`. */
interface RawDetails {
  readonly watchedPath: string;
}

/**
 * chokidar without its reading of directories. At each change in one it reads it anew and asks for the state of all that it
 * holds, to name what has changed; the scan does that here. It was more than half of what a line costs that comes alone.
 */
class RawWatcher extends FSWatcher {
  override _throttle(...[action, path, timeoutMs]: Parameters<FSWatcher['_throttle']>) {
    return action === 'readdir' ? false : super._throttle(action, path, timeoutMs);
  }
}

/**
 * File system events of the directories that a scan went through, by chokidar. Events are hints: what they mean is left to the
 * next scan or poll. Files have no watch of their own, their directory's names them: hundreds of ADWs would use up the
 * system's. All are taken as the system tells them (`raw`): chokidar's `change` leaves out the last ones of a burst.
 */
export class DirectoryWatcher {
  readonly #options: DirectoryWatcherOptions;
  readonly #watched = new Map<string, number>();
  readonly #watcher: RawWatcher;
  #isUnavailable = false;
  #isListening = false;

  constructor(options: DirectoryWatcherOptions) {
    this.#options = options;
    this.#watcher = new RawWatcher({
      followSymlinks: false,
      ignorePermissionErrors: true,
    });
    this.#watcher
      .on('ready', () => {
        this.#isListening = true;
      })
      .on('raw', (event, name, details) => this.#onEvent((details as RawDetails).watchedPath, event, name))
      .on('error', error => this.#onError(error));
  }

  /** From now on listens in these directories. @returns whether one is new: what it holds may have changed since the scan */
  watch(directories: Directories): boolean {
    for (const [path, inode] of this.#watched) if (directories.get(path) !== inode) this.#forget(path, directories);
    const added = [...directories].filter(([path]) => !this.#watched.has(path));
    if (this.#isUnavailable || added.length === 0) return false;
    for (const [path, inode] of added) this.#watched.set(path, inode);
    this.#watcher.add(added.map(([path]) => path));
    return true;
  }

  /** Whether it listens in all directories that it was given first, which takes chokidar a while where they are a thousand. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Stops listening. */
  close(): void {
    void this.#watcher.close();
  }

  #onEvent(directory: string, event: string, name: string | null): void {
    // A directory that a scan does not go through any more may have a watch still.
    if (!this.#watched.has(directory)) return;
    if (event !== 'rename') this.#options.onHint(name ? join(directory, name) : directory, 'content');
    // The system names a watched directory itself when it goes. A new one in its place may even get its inode.
    else if (name === basename(directory)) this.#onGone(directory);
    else this.#onEntry(name ? join(directory, name) : directory);
  }

  #onEntry(path: string): void {
    this.#options.onHint(path, 'entry');
  }

  #onGone(path: string): void {
    if (this.#watched.delete(path)) this.#watcher.unwatch(path);
    this.#options.onHint(path, 'entry');
  }

  /** chokidar ignores what lies below an unwatched directory: above one that is listened to, the watch stays, unheard. */
  #forget(path: string, directories: Directories): void {
    this.#watched.delete(path);
    const isAbove = !directories.has(path) && [...directories.keys()].some(one => one.startsWith(`${path}${sep}`));
    if (!isAbove) this.#watcher.unwatch(path);
  }

  #onError(error: unknown): void {
    const code = systemCode(error);
    // The directory went, or may not be read: the scan of the tree knows that.
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' || this.#isUnavailable) return;
    this.#isUnavailable = true;
    const limit = { ENOSPC: 'max_user_watches', EMFILE: 'max_user_instances' }[code ?? ''];
    const hint = limit ? ` Raise fs.inotify.${limit} to get them back.` : '';
    const told = { error: messageOf(error), hint };
    this.#options.log.report('file_events_unavailable', told);
    this.#options.onUnavailable(lineOf(TELEMETRY.file_events_unavailable, told));
  }
}
