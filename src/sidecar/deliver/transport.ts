import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf, systemCode } from '../../base/errors.ts';
import { parseRetryAfter } from '../../base/retry-after.ts';
import type { Answer } from './answer.ts';
import { dispatcherTo } from './dispatcher.ts';
import { type Failure, giveUpAfter, type Refused, Retries, type RetryOptions } from './retries.ts';

/** How long an answer may take before the connection counts as dead, ms. */
const ANSWER_MS_MAX = 30_000;

/** What {@link Transport} takes. */
export interface TransportOptions extends RetryOptions {
  readonly token: string | undefined;
  /** Connections held: one keeps the order of what is sent. */
  readonly connections: number;
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

/**
 * HTTP to one server, asked again as {@link Retries} does; so are redirects and pages that are no JSON, which are something
 * else's in the server's place.
 */
export class Transport {
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  /** Path of the base URL, without a slash at its end. */
  readonly #prefix: string;
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #retries: Retries;
  readonly #forgetStop: () => void;

  constructor(options: TransportOptions) {
    const url = new URL(options.server);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#retries = new Retries(options);
    this.#prefix = url.pathname.replace(/\/$/, '');
    this.#origin = url.origin;
    const { connections, timeoutMs, env = process.env } = options;
    this.#dispatcher = dispatcherTo(url, { connections, timeoutMs, env });
    this.#forgetStop = giveUpAfter(options.signal, () => this.#closeNow());
  }

  /** Tries after the first, over all requests. */
  get retries(): number {
    return this.#retries.count;
  }

  /** Whether the last request was answered. */
  get connected(): boolean {
    return this.#retries.connected;
  }

  /** Sends until there is an answer that trying again would not change. @throws AdwStreamError as {@link Retries.until} */
  request(request: Request): Promise<Answer> {
    // The health check answers without a token.
    return this.#retries.until(() => this.#try(request), { isPublic: request.path === '/health' });
  }

  /** Waits before something that was refused is asked again: as {@link Retries.waitRefused}. */
  waitRefused(failure: string, refused: Refused): Promise<void> {
    return this.#retries.waitRefused(failure, refused);
  }

  /** Asks once, without retries; undefined when there is no answer. */
  async probe(path: string): Promise<Answer | undefined> {
    try {
      const answer = await this.#send({ method: 'GET', path });
      return 'failure' in answer ? undefined : answer;
    } catch {
      return undefined;
    }
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.#forgetStop();
    this.#closeNow();
  }

  #closeNow(): void {
    void this.#dispatcher.destroy();
  }

  async #try(request: Request): Promise<Answer | Failure> {
    try {
      return await this.#send(request);
    } catch (error) {
      return { failure: whyNot(error) + certificateHint(error), cause: error };
    }
  }

  async #send({ method, path, headers, body, answerMsMax = ANSWER_MS_MAX }: Request): Promise<Answer | Failure> {
    const { token } = this.#options;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const msMax = Math.max(1, Math.min(answerMsMax, this.#retries.leftMs));
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
    if (status >= 300 && status < 400) return { failure: `${status}: it sends us to ${answer.headers.location}` };
    const json = parseJson(text);
    if (status < 300 && json === undefined && text !== '') {
      return { failure: `${status}, but no JSON: something else answers in its place` };
    }
    const retryAfter = answer.headers['retry-after'];
    return {
      status,
      retryAfterMs: typeof retryAfter === 'string' ? parseRetryAfter(retryAfter, this.#clock.now()) : undefined,
      body: json,
    };
  }
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
