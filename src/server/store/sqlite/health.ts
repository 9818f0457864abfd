import { AdwStreamError, messageOf, systemCode } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { StoreHealth } from '../store.ts';
import { failureOf } from './connection.ts';

/** Whether writes work, learned from the writes themselves: one that fails degrades the store, one that works heals it. */
export interface Health {
  /** Runs a write. @throws AdwStreamError storage_full, store_unavailable */
  guard<Result>(write: () => Result): Result;
  guardAsync<Result>(write: () => Promise<Result>): Promise<Result>;
  status(): Pick<StoreHealth, 'status' | 'reason'>;
}

/** A store that has not failed yet. */
export function openHealth(log: Logger): Health {
  let reason: string | undefined;

  const fail = (error: unknown): AdwStreamError => {
    const refusal = error instanceof AdwStreamError ? error : refusalOf(error);
    if (reason === undefined) log.error(refusal.message, { cause: messageOf(error) });
    reason = refusal.message;
    return refusal;
  };
  const heal = () => {
    if (reason !== undefined) log.info('The store takes writes again.');
    reason = undefined;
  };

  return {
    status: () => (reason === undefined ? { status: 'ok' } : { status: 'degraded', reason }),
    guard(write) {
      try {
        const result = write();
        heal();
        return result;
      } catch (error) {
        throw fail(error);
      }
    },
    async guardAsync(write) {
      try {
        const result = await write();
        heal();
        return result;
      } catch (error) {
        throw fail(error);
      }
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
