import { AdwStreamError, messageOf, systemCode } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { StoreHealth } from '../store.ts';
import { DigestMismatch } from '../store.ts';
import { failureOf } from './connection.ts';

/** ms between two probes of a store that is degraded. */
const PROBE_MS = 1_000;
/** ms that a commit may take before the store counts as lagging: what waits behind it waits as long. */
const SLOW_WRITE_MS = 2_000;

/**
 * Whether writes work, learned from the writes themselves: one that fails or takes too long degrades the store. From then
 * on it probes until a probe works, and that alone heals it: also when no client writes any more, and not by a small write
 * that still found room on a full disk.
 */
export interface Health {
  /** Runs a commit, on which everything else waits. @throws AdwStreamError storage_full, store_unavailable */
  guard<Result>(write: () => Result): Result;
  /** Waits for the disk, on which everything else waits too. @throws AdwStreamError storage_full, store_unavailable */
  guardSync(wait: () => Promise<void>): Promise<void>;
  /** Runs a write that may take its time. @throws AdwStreamError storage_full, store_unavailable */
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

/** The health of a store that was opened; a first probe is on its way. */
export function openHealth({ log, probe }: HealthOptions): Health {
  let reason: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const degrade = (why: string, cause: string) => {
    if (reason === undefined) log.report('store_degraded', { reason: why, cause });
    reason = why;
    plan();
  };
  const plan = () => {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      probing = attempt().catch(fail);
    }, PROBE_MS);
    timer.unref();
  };
  const attempt = async () => {
    const begunAt = performance.now();
    await probe();
    took(begunAt);
    // Something failed or was slow in the meantime: another probe is due.
    if (timer !== undefined) return;
    if (reason !== undefined) log.report('store_recovered');
    reason = undefined;
  };
  const fail = (error: unknown): AdwStreamError => {
    const refusal = error instanceof AdwStreamError ? error : refusalOf(error);
    degrade(refusal.message, messageOf(error));
    return refusal;
  };
  const took = (begunAt: number) => {
    const ms = Math.round(performance.now() - begunAt);
    if (ms > SLOW_WRITE_MS) degrade('The disk of the log is slow.', `a commit took ${ms} ms`);
  };
  // A disk may be full when the log is opened, and no client may write for long.
  probing = attempt().catch(fail);
  return {
    status: () => (reason === undefined ? { status: 'ok' } : { status: 'degraded', reason }),
    guard(write) {
      const begunAt = performance.now();
      try {
        const result = write();
        took(begunAt);
        return result;
      } catch (error) {
        throw fail(error);
      }
    },
    async guardSync(wait) {
      const begunAt = performance.now();
      try {
        await wait();
        took(begunAt);
      } catch (error) {
        throw fail(error);
      }
    },
    async guardAsync(write) {
      try {
        return await write();
      } catch (error) {
        // What its sender got wrong, or broke off, is no fault of the disk.
        if (error instanceof DigestMismatch || (error instanceof AdwStreamError && error.code === 'too_large'))
          throw error;
        if (systemCode(error) === 'ECONNRESET' || systemCode(error) === 'ERR_STREAM_PREMATURE_CLOSE') throw error;
        throw fail(error);
      }
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await probing;
    },
  };
}

const DISK_IS_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Our error for one of SQLite or of the file system. What it says goes to clients, so it names no path. */
function refusalOf(error: unknown): AdwStreamError {
  const full = failureOf(error) === 'full' || DISK_IS_FULL.has(systemCode(error) ?? '');
  return full
    ? new AdwStreamError('storage_full', 'The disk of the log is full.', { cause: error })
    : new AdwStreamError('store_unavailable', 'The log cannot be written at the moment.', { cause: error });
}
