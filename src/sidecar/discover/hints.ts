import { watch } from 'chokidar';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';

/** File system events of some directories. */
export interface Hints {
  close(): Promise<void>;
}

/** What {@link watchHints} takes. */
export interface HintOptions {
  /** Levels below the paths that are watched; absent for all. */
  readonly depth?: number;
  /** Called with the absolute path that something happened to. */
  readonly onHint: (absolute: string) => void;
  /** Called once when the system cannot watch, for example because its inotify limit is reached. */
  readonly onDeaf: () => void;
  readonly log: Logger;
}

/**
 * Listens to file system events below `paths`, which may not exist yet. An event is only a hint that a look is worth
 * while: the raw event is used, because chokidar's `change` is throttled on its leading edge and swallows the end of a
 * burst (chokidar issue 1455).
 */
export function watchHints(paths: readonly string[], { depth, onHint, onDeaf, log }: HintOptions): Hints {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    ...(depth === undefined ? {} : { depth }),
    // The whole-run copy of a stream changes with every run and says nothing new.
    ignored: path => path.endsWith('raw_output.json') || path.includes('/node_modules/'),
  });
  let deaf = false;
  watcher.on('raw', (_event, name, details) => {
    const base = watchedPathOf(details);
    if (base === undefined) return;
    onHint(base.endsWith(`/${name}`) || !name ? base : `${base}/${name}`);
  });
  for (const event of ['add', 'addDir', 'unlink', 'unlinkDir'] as const) watcher.on(event, path => onHint(path));
  watcher.on('error', error => {
    if (deaf) return;
    deaf = true;
    const remedy = systemCode(error) === 'ENOSPC' ? ' Raise fs.inotify.max_user_watches to get them back.' : '';
    log.warn(`File system events are not available (${messageOf(error)}); polling instead.${remedy}`);
    onDeaf();
  });
  return { close: () => watcher.close() };
}

/** The path that chokidar watches when it hands on a raw event; its type leaves the details open. */
function watchedPathOf(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return undefined;
  return typeof details.watchedPath === 'string' ? details.watchedPath : undefined;
}
