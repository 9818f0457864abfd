import { type Clock, sleep, steadyClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { LEASE_MS, type LeaseName, type LeaseStore } from './store/store.ts';

/** ms between two renewals: two may fail before the lease is over. */
const RENEW_MS = LEASE_MS / 3;

/** ms that a question under way may hold up the end; a lease that is not given back ends by itself. */
const GIVE_BACK_MS_MAX = 1_000;

/** What {@link doAlone} takes. */
export interface AloneOptions {
  readonly leases: LeaseStore;
  readonly name: LeaseName;
  /**
   * The job. It is begun when this server gets the lease, ends soon after `signal` aborts, and is begun again when the
   * server gets the lease again, or a while after it failed.
   */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  /** For lengths of time. */
  readonly clock?: Clock;
  readonly renewMs?: number;
}

/**
 * Does a job on one server of the log at a time: asks for its lease again and again, and does it while it has it.
 * @returns a function that ends the job and gives the lease back
 */
export function doAlone({
  leases,
  name,
  work,
  log,
  clock = steadyClock,
  renewMs = RENEW_MS,
}: AloneOptions): () => Promise<void> {
  const stopped = new AbortController();
  let turn: { readonly end: AbortController; readonly done: Promise<void> } | undefined;
  let over: NodeJS.Timeout | undefined;
  const end = () => turn?.end.abort();
  const begin = () => {
    const controller = new AbortController();
    const done = work(controller.signal)
      .catch(error => log.report('lease_work_failed', { name, error: messageOf(error) }))
      .finally(() => {
        turn = undefined;
      });
    turn = { end: controller, done };
  };
  const ask = async () => {
    const askedAt = clock.now();
    try {
      if (!(await leases.take(name))) return end();
      clearTimeout(over);
      over = setTimeout(end, askedAt + LEASE_MS - clock.now());
      if (turn === undefined && !stopped.signal.aborted) begin();
    } catch (error) {
      // It may still be this server's: `over` ends the job when it no longer can be.
      log.report('lease_unknown', { name, error: messageOf(error) });
    }
  };
  const asking = (async () => {
    while (!stopped.signal.aborted) {
      await ask();
      await sleep(renewMs, stopped.signal);
    }
  })();
  return async () => {
    stopped.abort();
    end();
    await turn?.done;
    await Promise.race([asking, sleep(GIVE_BACK_MS_MAX)]);
    clearTimeout(over);
    await leases.giveBack(name).catch(() => undefined);
  };
}
