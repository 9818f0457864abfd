import type { Dispatcher } from 'undici';
import { backoffMs } from '../../base/backoff.ts';
import { type Clock, sleep, systemClock } from '../../base/clock.ts';
import { AdwStreamError, messageOf, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { parseRetryAfter } from '../../base/retry-after.ts';
import { dispatcherTo } from './dispatcher.ts';

/** First and longest ceiling of the wait between tries, ms. */
const BACKOFF = { baseMs: 100, maxMs: 10_000 };
/** The same after a refusal, which only a person may end. */
const REFUSED_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/** Longest wait that a server's Retry-After is followed for, ms. */
const RETRY_AFTER_MS_MAX = 60_000;
/** How long an answer may take before the connection counts as dead, ms. */
const ANSWER_MS_MAX = 30_000;
/** How long what is under way may still take once we are to stop, ms. A reference server would be told it again. */
const STOP_MS_MAX = 2_000;

/** What {@link Transport} takes. */
export interface TransportOptions {
  /** Base URL of the server. */
  readonly server: string;
  readonly token: string | undefined;
  /** How long to keep trying while the server does not answer, ms; Infinity for ever. */
  readonly timeoutMs: number;
  /** Connections held: one keeps the order of what is sent. */
  readonly connections: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Where a proxy may be named; the process's own environment when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One request. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path below the base URL, with a leading slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** How long this answer may take, ms; the usual limit when absent. */
  readonly answerMsMax?: number;
}

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}

/** An answer that is not the server's: a proxy's page to sign in at, say, or where it sends us instead. */
interface Unusable {
  readonly reason: string;
}

/** A refusal of everything: how often it came, and the error that it ends with. */
interface Refused {
  readonly attempt: number;
  readonly code?: 'server_refused' | 'wrong_server' | 'unauthorized';
}

/** A request that was not answered, or whose answer asks to send it again. */
interface Failed {
  readonly failure: string;
  readonly retryAfterMs: number | undefined;
  readonly cause?: unknown;
}

/**
 * HTTP to one server with retries: lost connections, 408, 429, 5xx, redirects and pages that are no JSON are tried again
 * with full jitter, after `Retry-After` where the server names it. Every request is idempotent on the other side, so a lost answer is simply
 * asked for again.
 */
export class Transport {
  /** Tries after the first, over all requests. */
  retries = 0;
  /** Whether the last request was answered. */
  connected = false;
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  /** Path of the base URL, without a slash at its end. */
  readonly #prefix: string;
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #stop = (): void => void setTimeout(() => this.#closeNow(), STOP_MS_MAX).unref();
  #downSince: number | undefined;
  #refusedSince = 0;
  #isLetIn = false;

  constructor(options: TransportOptions) {
    const url = new URL(options.server);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#prefix = url.pathname.replace(/\/$/, '');
    this.#origin = url.origin;
    const { connections, timeoutMs, env = process.env } = options;
    this.#dispatcher = dispatcherTo(url, { connections, timeoutMs, env });
    const { signal } = options;
    if (signal.aborted) this.#stop();
    else signal.addEventListener('abort', this.#stop, { once: true });
  }

  /**
   * Sends until there is an answer that trying again would not change. A sidecar that was let in once waits when that ends: a proxy or a
   * server under repair refuses every token for a while.
   * @throws AdwStreamError server_unreachable when the time is over or the signal aborts, unauthorized on 401 and 403
   */
  async request(request: Request): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#try(request);
      if (!('failure' in outcome)) {
        if (outcome.status !== 401 && outcome.status !== 403) {
          // The health check answers without a token.
          this.#isLetIn ||= outcome.status < 300 && request.path !== '/health';
          return outcome;
        }
        const failure = `refuses us: ${errorOf(outcome).replace(/\.$/, '')}`;
        if (!this.#isLetIn) throw new AdwStreamError('unauthorized', `${this.#options.server} ${failure}.`);
        await this.waitRefused(failure, { attempt, code: 'unauthorized' });
        continue;
      }
      await this.#waitAfter(outcome, attempt);
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
    this.retries += 1;
    await sleep(Math.min(backoffMs(attempt, REFUSED_BACKOFF), left), signal);
  }

  /** Asks once, without retries; undefined when there is no answer. */
  async probe(path: string): Promise<Answer | undefined> {
    try {
      const answer = await this.#send({ method: 'GET', path });
      return isUnusable(answer) ? undefined : answer;
    } catch {
      return undefined;
    }
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.#options.signal.removeEventListener('abort', this.#stop);
    this.#closeNow();
  }

  #closeNow(): void {
    void this.#dispatcher.destroy();
  }

  async #try(request: Request): Promise<Answer | Failed> {
    try {
      const answer = await this.#send(request);
      this.connected = true;
      if (isUnusable(answer)) return { failure: answer.reason, retryAfterMs: undefined };
      if (!isTransient(answer.status)) {
        if (this.#downSince !== undefined)
          this.#options.log.report('server_recovered', { server: this.#options.server });
        this.#downSince = undefined;
        return answer;
      }
      return { failure: `${answer.status}: ${errorOf(answer)}`, retryAfterMs: answer.retryAfterMs };
    } catch (error) {
      this.connected = false;
      const failure = whyNot(error) + certificateHint(error);
      return { failure, retryAfterMs: undefined, cause: error };
    }
  }

  async #send({ method, path, headers, body, answerMsMax = ANSWER_MS_MAX }: Request): Promise<Answer | Unusable> {
    const { token } = this.#options;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const msMax = Math.max(1, Math.min(answerMsMax, this.#leftMs));
    const answer = await this.#dispatcher.request({
      origin: this.#origin,
      method,
      path: this.#prefix + path,
      headers: { ...headers, ...authorization },
      body: body ?? null,
      headersTimeout: msMax,
      bodyTimeout: msMax,
    });
    const text = await answer.body.text();
    const { statusCode: status } = answer;
    if (status >= 300 && status < 400) return { reason: `${status}: it sends us to ${answer.headers.location}` };
    const json = parseJson(text);
    if (status < 300 && json === undefined && text !== '') {
      return { reason: `${status}, but no JSON: something else answers in its place` };
    }
    const retryAfter = answer.headers['retry-after'];
    return {
      status,
      retryAfterMs: typeof retryAfter === 'string' ? parseRetryAfter(retryAfter, this.#clock.now()) : undefined,
      body: json,
    };
  }

  /** How long we keep trying, ms. */
  get #leftMs(): number {
    const now = this.#clock.now();
    return (this.#downSince ?? now) + this.#options.timeoutMs - now;
  }

  async #waitAfter({ failure, retryAfterMs, cause }: Failed, attempt: number): Promise<void> {
    const { server, signal, log } = this.#options;
    if (this.#downSince === undefined) {
      this.#downSince = this.#clock.now();
      log.report('server_unavailable', { server, failure });
    }
    const left = this.#leftMs;
    if (left <= 0 || signal.aborted) {
      throw new AdwStreamError('server_unreachable', `${server} cannot be reached (${failure}).`, { cause });
    }
    this.retries += 1;
    const wait = Math.max(backoffMs(attempt, BACKOFF), Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX));
    await sleep(Math.min(wait, left), signal);
  }
}

/** What a refusal says, from the answer's `error` or `detail`. */
export function errorOf(answer: Answer): string {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) return `status ${answer.status}`;
  const { error, detail } = body as { error?: unknown; detail?: unknown };
  const text = error ?? detail;
  return typeof text === 'string' ? text : text === undefined ? `status ${answer.status}` : JSON.stringify(text);
}

/** What kept an answer from coming. */
function whyNot(error: unknown): string {
  const code = systemCode(error) ?? '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'no answer in time';
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'the answer is too long';
  // A name with several addresses fails with all of their errors, and no message of its own.
  return messageOf(error) || code || 'no connection';
}

/** What to do about a certificate that this machine does not trust; empty for every other failure. */
function certificateHint(error: unknown): string {
  const code = systemCode(error) ?? '';
  return /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code) ? '; name its file in NODE_EXTRA_CA_CERTS to trust it' : '';
}

/** Whether a status says that there is no such route, or nothing that takes this method. */
export function isAbsent(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** The code of a refusal by a server of ours; undefined where the answer has none. */
export function codeOf({ body }: Answer): string | undefined {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function isUnusable(answer: Answer | Unusable): answer is Unusable {
  return 'reason' in answer;
}

function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
