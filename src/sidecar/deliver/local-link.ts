import { AdwStreamError, messageOf } from '../../base/errors.ts';
import type { LocalLog } from '../../event/local-log.ts';
import { type ArtifactUpload, eventsOf, type Item } from '../flow.ts';
import type { Answer } from './answer.ts';
import type { FileGeneration } from './delivery.ts';
import { type Failure, giveUpAfter, type Refused, Retries, type RetryOptions } from './retries.ts';
import type { ServerLink } from './server-link.ts';

/** What {@link LocalLink} takes. */
export interface LocalLinkOptions extends RetryOptions {
  readonly adwId: string;
  /** The log as it is now: a server that begins anew has another. */
  readonly localLog: () => LocalLog;
}

/**
 * To the log of a server in the same process: objects go in as they are, and what it refuses comes back as HTTP would say it,
 * so that everything behind this link is the same.
 */
export class LocalLink implements ServerLink {
  readonly #options: LocalLinkOptions;
  readonly #retries: Retries;
  /** Give up what is under way: a store may keep a call waiting for ever. */
  readonly #giveUp = new Set<() => void>();
  readonly #forgetStop: () => void;

  constructor(options: LocalLinkOptions) {
    this.#options = options;
    this.#retries = new Retries(options);
    this.#forgetStop = giveUpAfter(options.signal, () => this.#giveUpAll());
  }

  get retries(): number {
    return this.#retries.count;
  }

  get connected(): boolean {
    return this.#retries.connected;
  }

  positions(): Promise<Answer> {
    return this.#ask(log => log.positions(this.#options.adwId));
  }

  held(file: FileGeneration): Promise<Answer> {
    return this.#ask(log => log.held(this.#options.adwId, file));
  }

  append(items: readonly Item[]): Promise<Answer> {
    const events = items.flatMap(eventsOf);
    return this.#ask(log => log.append(events));
  }

  put(artifact: ArtifactUpload): Promise<Answer> {
    return this.#ask(log => log.putArtifact(this.#options.adwId, artifact));
  }

  waitRefused(failure: string, refused: Refused): Promise<void> {
    return this.#retries.waitRefused(failure, refused);
  }

  /** Gives up what is under way. */
  close(): void {
    this.#forgetStop();
    this.#giveUpAll();
  }

  #ask(question: (log: LocalLog) => Promise<unknown>): Promise<Answer> {
    return this.#retries.until(async () => {
      try {
        const body = await this.#unlessGivenUp(question(this.#options.localLog()));
        return { status: 200, retryAfterMs: undefined, body };
      } catch (error) {
        return refusalOf(error);
      }
    });
  }

  #unlessGivenUp<Result>(call: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error('no answer in time'));
      this.#giveUp.add(giveUp);
      call.then(resolve, reject).finally(() => this.#giveUp.delete(giveUp));
    });
  }

  #giveUpAll(): void {
    for (const giveUp of this.#giveUp) giveUp();
  }
}

/** An error of the log as the answer that HTTP would have. */
function refusalOf(error: unknown): Answer | Failure {
  if (!(error instanceof AdwStreamError)) return { failure: messageOf(error), cause: error };
  const { row, code, message, details } = error;
  const seconds = details.retry_after_seconds;
  return {
    status: row.status,
    retryAfterMs: typeof seconds === 'number' ? seconds * 1_000 : undefined,
    body: { ...details, error: message, code },
  };
}
