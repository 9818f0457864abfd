import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { RetentionPolicy, Store } from './store/store.ts';

/** ms between two removals of what retention no longer keeps. */
const RETENTION_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

/** What {@link startRetention} takes. */
export interface RetentionOptions {
  readonly store: Store;
  /** Days of events to keep; absent keeps all. */
  readonly retainDays: number | undefined;
  /** Bytes of events to keep; absent keeps all. */
  readonly retainBytes: number | undefined;
  /** Resolves when `running` can be asked. */
  readonly ready: Promise<void>;
  /** ADWs that must not be touched. */
  readonly running: () => ReadonlySet<string>;
  /** Called when events went. */
  readonly onRemoved: () => Promise<void>;
  readonly log: Logger;
}

/** Lets old events go, as soon as it is ready and every ten minutes; nothing at all without a limit. Returns a function that stops it. */
export function startRetention(options: RetentionOptions): () => Promise<void> {
  const { store, retainDays, retainBytes, ready, running, onRemoved, log } = options;
  if (retainDays === undefined && retainBytes === undefined) return async () => {};
  const policy: RetentionPolicy = {
    ...(retainDays === undefined ? {} : { maxAgeMs: retainDays * DAY_MS }),
    ...(retainBytes === undefined ? {} : { maxBytes: retainBytes }),
  };
  const remove = async () => {
    try {
      const removed = await store.retain(policy, running());
      if (removed === 0) return;
      log.report('retention_removed', { events: removed });
      await onRemoved();
    } catch (error) {
      log.report('retention_failed', { error: messageOf(error) });
    }
  };
  let work: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const begin = () => {
    if (stopped) return;
    work = remove();
    timer = setInterval(() => {
      work = work.then(remove);
    }, RETENTION_MS);
    timer.unref();
  };
  // The caller reports what keeps it from being ready; nothing is removed without knowing what runs.
  ready.then(begin, () => undefined);
  return () => {
    stopped = true;
    clearInterval(timer);
    return work;
  };
}
