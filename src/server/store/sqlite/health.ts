import { AdwStreamError, messageOf, systemCode } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { StoreHealth } from '../store.ts';
import { failureOf } from './connection.ts';

/** ms between two probes of a store that is degraded. */
const PROBE_MS = 1_000;
/** ms that a write may take before the store counts as lagging: what waits behind it waits as long. */
const SLOW_WRITE_MS = 2_000;

/**
 * Whether writes work, learned from the writes themselves: one that fails or takes too long degrades the store, one that
 * works heals it. While it is degraded it probes, so that it recovers also when nobody dares to write.
 */
export interface Health {
  /** Runs a write. @throws AdwStreamError storage_full, store_unavailable */
  guard<Result>(write: () => Result): Result;
  guardAsync<Result>(write: () => Promise<Result>): Promise<Result>;
  status(): Pick<StoreHealth, 'status' | 'reason'>;
  /** Ends probing. Resolves when no probe is under way. */
  stop(): Promise<void>;
}

/** What {@link openHealth} takes. */
export interface HealthOptions {
  readonly log: Logger;
  /** A write of everything that writes write to, which leaves nothing behind. */
  readonly probe: () => Promise<void>;
}

/** The health of a store that has not failed yet. */
export function openHealth({ log, probe }: HealthOptions): Health {
  let reason: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const degrade = (why: string, cause: string) => {
    if (reason === undefined) log.error(why, { cause });
    reason = why;
    plan();
  };
  const plan = () => {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      probing = guardAsync(probe).catch(() => undefined);
    }, PROBE_MS);
    timer.unref();
  };
  const fail = (error: unknown): AdwStreamError => {
    const refusal = error instanceof AdwStreamError ? error : refusalOf(error);
    degrade(refusal.message, messageOf(error));
    return refusal;
  };
  const wrote = (begunAt: number) => {
    const ms = Math.round(performance.now() - begunAt);
    if (ms > SLOW_WRITE_MS) return degrade('The disk of the log is slow.', `a write took ${ms} ms`);
    if (reason !== undefined) log.info('The store takes writes again.');
    reason = undefined;
  };
  const guardAsync: Health['guardAsync'] = async write => {
    const begunAt = performance.now();
    try {
      const result = await write();
      wrote(begunAt);
      return result;
    } catch (error) {
      throw fail(error);
    }
  };

  return {
    status: () => (reason === undefined ? { status: 'ok' } : { status: 'degraded', reason }),
    guard(write) {
      const begunAt = performance.now();
      try {
        const result = write();
        wrote(begunAt);
        return result;
      } catch (error) {
        throw fail(error);
      }
    },
    guardAsync,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await probing;
    },
  };
}

const DISK_IS_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Our error for one of SQLite or of the file system. What it says goes to clients, so it names no path. */
export function refusalOf(error: unknown): AdwStreamError {
  const full = failureOf(error) === 'full' || DISK_IS_FULL.has(systemCode(error) ?? '');
  return full
    ? new AdwStreamError('storage_full', 'The disk of the log is full.', { cause: error })
    : new AdwStreamError('store_unavailable', 'The log cannot be written at the moment.', { cause: error });
}
