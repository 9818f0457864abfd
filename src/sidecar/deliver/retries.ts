import { backoffMs } from '../../base/backoff.ts';
import { type Clock, sleep, systemClock } from '../../base/clock.ts';
import { AdwStreamError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { type Answer, errorOf, isTransient } from './answer.ts';

/** First and longest ceiling of the wait between tries, ms. */
const BACKOFF = { baseMs: 100, maxMs: 10_000 };
/** The same after a refusal, which only a person may end. */
const REFUSED_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/** Longest wait that a server's Retry-After is followed for, ms. */
const RETRY_AFTER_MS_MAX = 60_000;
/** How long what is under way may still take once we are to stop, ms. A reference server would be told it again. */
const STOP_MS_MAX = 2_000;

/**
 * Calls `giveUp` once we are to stop and what is under way had its time.
 * @returns takes that back
 */
export function giveUpAfter(signal: AbortSignal, giveUp: () => void): () => void {
  const onAbort = () => void setTimeout(giveUp, STOP_MS_MAX).unref();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

/** What {@link Retries} takes. */
export interface RetryOptions {
  /** Base URL of the server, for messages. */
  readonly server: string;
  /** How long to keep trying while the server does not answer, ms; Infinity for ever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** An answer that is not the server's, or none: why there is nothing to use. */
export interface Failure {
  readonly failure: string;
  readonly cause?: unknown;
}

/** A refusal of everything: how often it came, and the error that it ends with. */
export interface Refused {
  readonly attempt: number;
  readonly code?: 'server_refused' | 'wrong_server' | 'unauthorized';
}

/**
 * Asks one server again, over HTTP or in the process, for as long as that may help: no answer, 408, 429 and 5xx are tried
 * again with full jitter, after `Retry-After` where the server names it. Every request is idempotent on the other side, so a
 * lost answer is simply asked for again.
 */
export class Retries {
  /** Tries after the first, over all requests. */
  count = 0;
  /** Whether the last request was answered. */
  connected = false;
  readonly #options: RetryOptions;
  readonly #clock: Clock;
  #downSince: number | undefined;
  #refusedSince = 0;
  #isLetIn = false;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** How long we keep trying, ms. */
  get leftMs(): number {
    const now = this.#clock.now();
    return (this.#downSince ?? now) + this.#options.timeoutMs - now;
  }

  /**
   * Asks until there is an answer that trying again would not change. A sidecar that was let in once waits when that ends: a proxy or a
   * server under repair refuses every token for a while.
   * @param isPublic whether the answer says nothing of our token
   * @throws AdwStreamError server_unreachable when the time is over or the signal aborts, unauthorized on 401 and 403
   */
  async until(ask: () => Promise<Answer | Failure>, { isPublic = false } = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#try(ask);
      if ('failure' in outcome) {
        await this.#waitAfter(outcome, attempt);
        continue;
      }
      if (outcome.status !== 401 && outcome.status !== 403) {
        this.#isLetIn ||= outcome.status < 300 && !isPublic;
        return outcome;
      }
      const failure = `refuses us: ${errorOf(outcome).replace(/\.$/, '')}`;
      if (!this.#isLetIn) throw new AdwStreamError('unauthorized', `${this.#options.server} ${failure}.`);
      await this.waitRefused(failure, { attempt, code: 'unauthorized' });
    }
  }

  /**
   * Waits before something that was refused is asked again: a proxy or a server under repair refuses everything for a while.
   * Says so once, and waits a minute at most.
   * @param refused.attempt counts from 1 since something was taken
   * @param refused.code `wrong_server` where it is not even said to be a server for us
   * @throws AdwStreamError `refused.code` when the time to try is over, server_unreachable when the signal aborts
   */
  async waitRefused(failure: string, { attempt, code = 'server_refused' }: Refused): Promise<void> {
    const { server, signal, log, timeoutMs } = this.#options;
    const now = this.#clock.now();
    if (attempt === 1) {
      this.#refusedSince = now;
      log.report('server_refuses', { server, failure });
    }
    if (signal.aborted) throw new AdwStreamError('server_unreachable', `${server} ${failure}.`);
    const left = this.#refusedSince + timeoutMs - now;
    if (left <= 0) throw new AdwStreamError(code, `${server} ${failure}.`);
    this.count += 1;
    await sleep(Math.min(backoffMs(attempt, REFUSED_BACKOFF), left), signal);
  }

  async #try(ask: () => Promise<Answer | Failure>): Promise<Answer | (Failure & { readonly retryAfterMs?: number })> {
    const answer = await ask();
    this.connected = !('failure' in answer) || answer.cause === undefined;
    if ('failure' in answer) return answer;
    if (isTransient(answer.status)) {
      const { retryAfterMs } = answer;
      return {
        failure: `${answer.status}: ${errorOf(answer)}`,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
    }
    if (this.#downSince !== undefined) this.#options.log.report('server_recovered', { server: this.#options.server });
    this.#downSince = undefined;
    return answer;
  }

  async #waitAfter(
    { failure, retryAfterMs, cause }: Failure & { readonly retryAfterMs?: number },
    attempt: number,
  ): Promise<void> {
    const { server, signal, log } = this.#options;
    if (this.#downSince === undefined) {
      this.#downSince = this.#clock.now();
      log.report('server_unavailable', { server, failure });
    }
    const left = this.leftMs;
    if (left <= 0 || signal.aborted) {
      throw new AdwStreamError('server_unreachable', `${server} cannot be reached (${failure}).`, { cause });
    }
    this.count += 1;
    const wait = Math.max(backoffMs(attempt, BACKOFF), Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX));
    await sleep(Math.min(wait, left), signal);
  }
}
