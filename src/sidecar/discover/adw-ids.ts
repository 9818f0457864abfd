import type { IdFormat } from '../../adw/id.ts';
import type { Logger } from '../../base/log.ts';
import { listAdwIds } from './agents-dir.ts';
import { watchHints } from './hints.ts';

/** Milliseconds between looks that need no file system event. */
const SWEEP_MS = 2_000;

/** What {@link watchAdwIds} takes. */
export interface WatchAdwIdsOptions {
  readonly idFormat: IdFormat;
  /** Called once for every ADW, those that are there already first. */
  readonly onAdw: (adwId: string) => void;
  /** Aborting ends the watch. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Tells of every ADW below `agentsDir`, present and future, until the signal aborts. */
export async function watchAdwIds(agentsDir: string, options: WatchAdwIdsOptions): Promise<void> {
  const { idFormat, onAdw, signal, log } = options;
  const seen = new Set<string>();
  const look = async () => {
    for (const adwId of await listAdwIds(agentsDir, idFormat).catch(() => [])) {
      if (seen.has(adwId)) continue;
      seen.add(adwId);
      onAdw(adwId);
    }
  };
  await look();
  if (signal.aborted) return;
  const hints = watchHints([agentsDir], { depth: 0, onHint: () => void look(), onDeaf: () => {}, log });
  const sweep = setInterval(look, SWEEP_MS);
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(sweep);
  await hints.close();
}
