import { setImmediate } from 'node:timers/promises';
import type { IdFormat } from '../../adw/id.ts';
import type { Logger } from '../../base/log.ts';
import { listAdwIds } from './agents-dir.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { directoriesOf, type RunDirectories, worktreesOf } from './layout.ts';
import { DirectoryLister } from './listing.ts';
import { LIST_MS } from './scan-schedule.ts';

/** What {@link watchAdwIds} takes. */
export interface WatchAdwIdsOptions {
  readonly idFormat: IdFormat;
  /** Called once for every ADW, those that are there already first; `isNew` for those that appear later. */
  readonly onAdw: (adwId: string, isNew: boolean) => void;
  /** Aborting ends the watch. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Tells of every ADW in the directories of runs, present and future, until the signal aborts. */
export async function watchAdwIds(runs: RunDirectories, options: WatchAdwIdsOptions): Promise<void> {
  const { idFormat, onAdw, signal, log } = options;
  const seen = new Set<string>();
  let isFirst = true;
  const listOnce = async () => {
    const isNew = !isFirst;
    for (const adwId of await listAdwIds(runs, idFormat).catch(() => [])) {
      if (seen.has(adwId)) continue;
      seen.add(adwId);
      onAdw(adwId, isNew);
      // A sidecar that starts goes through its tree: a hundred of them in one turn would hold the process for a second.
      await setImmediate();
      if (signal.aborted) return;
    }
  };
  let listing: Promise<void> | undefined;
  let isAsked = false;
  /** Lists once more after the listing that is under way, however often it is asked meanwhile. */
  const list = async (): Promise<void> => {
    isAsked = true;
    listing ??= (async () => {
      while (isAsked && !signal.aborted) {
        isAsked = false;
        await listOnce();
      }
      listing = undefined;
    })();
    await listing;
  };
  await list();
  isFirst = false;
  if (signal.aborted) return;
  const watcher = new DirectoryWatcher({
    onHint: (_path, what) => void (what === 'entry' && list()),
    onUnavailable: () => {},
    log,
  });
  const lister = new DirectoryLister();
  const listen = (): void => {
    for (const directory of directoriesOf(runs)) {
      for (const one of [directory, ...worktreesOf(directory)]) lister.list(one);
    }
    watcher.watch(lister.directories);
  };
  listen();
  const timer = setInterval(() => {
    listen();
    void list();
  }, LIST_MS);
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(timer);
  watcher.close();
}
