import type { ConsumerInfo, JetStreamManager, JsMsg, StoredMsg } from '@nats-io/jetstream';
import { backoffMs } from '../../../base/backoff.ts';
import { sleep } from '../../../base/clock.ts';
import { AdwStreamError } from '../../../base/errors.ts';
import { type Commit, type CommitHead, decodeCommit, HEAD_HEADER } from './commit.ts';
import { withIdleTimeout } from './idle-timeout.ts';
import { CACHE_BYTES_MAX, REQUEST_TIMEOUT_MS } from './options.ts';
import type { HeadOfCommit } from './registry.ts';
import type { Subjects } from './subject.ts';

/** Messages asked for at once; each may be as large as the server's `max_payload`. */
const FETCH_MAX = 64;
/** ms that the next messages of a scan may take. */
const FETCH_TIMEOUT_MS = 10_000;
/** ms for which a consumer that has messages may send none. */
const FETCH_IDLE_MS = 3_000;
/** ms for which consumers are made in place of one another, without a message from any, before a read fails. */
const CONSUMERS_MS = 6_000;
/** ms after which a consumer that was not made yet is late, and another one is asked for; and how many, at most. */
const CONSUMER_LATE_MS = 400;
const CONSUMERS_ASKED_MAX = 6;
const BACKOFF = { baseMs: 50, maxMs: 500 };
/** ms after which a replica that lags behind is asked again. */
const LAG_MS = 25;
/** ns after which JetStream forgets a consumer that this node did not get to delete. */
const CONSUMER_IDLE_NS = 30e9;

/** What {@link Messages} reads from. */
export interface MessagesOptions {
  readonly jsm: JetStreamManager;
  /** Makes consumers. Its timeout is short: a consumer that was placed on a dead server never answers. */
  readonly consumers: JetStreamManager;
  readonly stream: string;
  readonly subjects: Subjects;
}

/** What to scan: commits on one subject or on all, from a message's number on, in order. */
export interface Scan {
  readonly subject: string;
  readonly from: number;
  /** A commit that this node knows to be there: a replica that ends before it lags behind, and is not believed. */
  readonly upTo: number;
}

/** Reads commits out of the stream, one by one or in order, and keeps the newest ones at hand. */
export class Messages {
  readonly #options: MessagesOptions;
  readonly #cache = new Map<number, Commit>();
  #cached = 0;

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** Keeps a commit at hand, in place of those longest not asked for. */
  keep(commit: Commit): void {
    this.#drop(commit.number);
    this.#cache.set(commit.number, commit);
    this.#cached += weightOf(commit);
    for (const number of this.#cache.keys()) {
      if (this.#cached <= CACHE_BYTES_MAX) break;
      this.#drop(number);
    }
  }

  /** The commits with these numbers, in this order, without those that are no more. */
  async get(numbers: readonly number[]): Promise<Commit[]> {
    const found = await Promise.all(numbers.map(number => this.#get(number)));
    return found.filter(commit => commit !== undefined);
  }

  /** The newest commit of an ADW, as the stream's leader knows it; 0 for none. */
  async headOf(adwId: string): Promise<number> {
    const { jsm, stream, subjects } = this.#options;
    const message = await jsm.streams.getMessage(stream, { last_by_subj: subjects.commitsOf(adwId) });
    return message?.seq ?? 0;
  }

  /**
   * Commits in order, up to the newest at the time of the call, stale ones included. @throws AdwStreamError
   * `store_unavailable` when it stays before what this node knows to be there
   */
  async *scan({ subject, from, upTo }: Scan): AsyncGenerator<Commit> {
    let at = Math.max(1, from) - 1;
    let giveUpAt = Date.now() + REQUEST_TIMEOUT_MS;
    for (;;) {
      const policy = { deliver_policy: 'by_start_sequence', opt_start_seq: at + 1 } as const;
      for await (const message of this.#consume({ ...policy, filter_subject: subject })) {
        // A consumer on a replica that lags behind its start begins earlier.
        if (message.seq <= at) continue;
        at = message.seq;
        giveUpAt = Date.now() + REQUEST_TIMEOUT_MS;
        const commit = await this.decode(message);
        if (commit !== undefined) yield commit;
      }
      if (at >= upTo) return;
      if (Date.now() > giveUpAt) throw lagging();
      await sleep(LAG_MS);
    }
  }

  /** The head of the newest commit of every ADW, at one moment. */
  async heads(): Promise<HeadOfCommit[]> {
    const filter_subject = this.#options.subjects.commits;
    const newest = { deliver_policy: 'last_per_subject', headers_only: true, filter_subject } as const;
    const giveUpAt = Date.now() + CONSUMERS_MS;
    for (let failures = 1; ; failures += 1) {
      try {
        const found: HeadOfCommit[] = [];
        for await (const message of this.#consumeOnce(newest)) {
          const head = this.#headOf(message);
          if (head !== undefined) found.push(head);
        }
        return found;
      } catch (error) {
        if (Date.now() > giveUpAt) throw error;
        await sleep(backoffMs(failures, BACKOFF));
      }
    }
  }

  /**
   * Whether nothing lies on its ADW's subject between this commit and the one that its sender followed. For those that
   * this node has not followed; of those that it has, the registry knows ({@link Registry.isStale}).
   */
  async counts({ number, adwId, head: { after } }: HeadOfCommit): Promise<boolean> {
    if (number === after + 1) return true;
    const query = { seq: after + 1, next_by_subj: this.#options.subjects.commitsOf(adwId) };
    const { jsm, stream } = this.#options;
    const next = (await jsm.direct.getMessage(stream, query)) ?? (await jsm.streams.getMessage(stream, query));
    if (next === null) throw lagging();
    return next.seq >= number;
  }

  /** A message as the commit it is, with the parts of its body; undefined for one that another program put there. */
  async decode(message: JsMsg | StoredMsg): Promise<Commit | undefined> {
    const found = this.#headOf(message);
    if (found === undefined) return undefined;
    const { parts } = found.head;
    const body = parts === undefined ? Buffer.from(message.data) : await this.#join(parts);
    return decodeCommit(body, found);
  }

  /** What a consumer gives, or those that take its place when its server is dead or dies. */
  async *#consume(request: ConsumerRequest): AsyncGenerator<JsMsg> {
    let config = request;
    let giveUpAt = Date.now() + CONSUMERS_MS;
    for (let failures = 1; ; failures += 1) {
      try {
        for await (const message of this.#consumeOnce(config)) {
          failures = 0;
          giveUpAt = Date.now() + CONSUMERS_MS;
          config = { ...request, opt_start_seq: message.seq + 1 };
          yield message;
        }
        return;
      } catch (error) {
        if (Date.now() > giveUpAt) throw error;
        await sleep(backoffMs(failures, BACKOFF));
      }
    }
  }

  async *#consumeOnce(config: ConsumerRequest): AsyncGenerator<JsMsg> {
    const { consumers: jsm, stream } = this.#options;
    const info = await this.#makeConsumer(config);
    try {
      const consumer = jsm.jetstream().consumers.getConsumerFromInfo(info);
      let delivered = 0;
      for (let left = info.num_pending; left > 0; ) {
        const asked = Math.min(left, config.headers_only ? FETCH_MAX * 16 : FETCH_MAX);
        const before = delivered;
        const fetched = await consumer.fetch({ max_messages: asked, expires: FETCH_TIMEOUT_MS });
        for await (const message of withIdleTimeout(fetched, FETCH_IDLE_MS)) {
          delivered += 1;
          // What was sent into a connection that broke does not come again from this consumer.
          if (message.info.deliverySequence !== delivered) throw unavailable('Messages were lost on their way.');
          yield message;
        }
        if (delivered === before) throw unavailable('JetStream sends nothing of what it has.');
        left -= delivered - before;
      }
    } finally {
      jsm.consumers.delete(stream, info.name).catch(() => undefined);
    }
  }

  /**
   * A consumer that answers. JetStream places them on any server, for half a minute also on one that just died, which never
   * answers: so another is asked for meanwhile, and the first that is there is taken.
   */
  #makeConsumer(config: ConsumerRequest): Promise<ConsumerInfo> {
    const { consumers: jsm, stream } = this.#options;
    const rest = {
      ack_policy: 'none',
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: CONSUMER_IDLE_NS,
    } as const;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let left = CONSUMERS_ASKED_MAX;
      let failed = 0;
      const ask = (): void => {
        left -= 1;
        if (left > 0) timer = setTimeout(ask, CONSUMER_LATE_MS);
        jsm.consumers.add(stream, { ...config, ...rest }).then(
          info => {
            clearTimeout(timer);
            left = 0;
            resolve(info);
          },
          (error: unknown) => {
            failed += 1;
            if (failed === CONSUMERS_ASKED_MAX) reject(error);
          },
        );
      };
      ask();
    });
  }

  async #get(number: number): Promise<Commit | undefined> {
    const kept = this.#cache.get(number);
    if (kept !== undefined) {
      this.#cache.delete(number);
      this.#cache.set(number, kept);
      return kept;
    }
    const message = await this.#message(number);
    if (message === undefined) return undefined;
    const commit = await this.decode(message);
    if (commit !== undefined) this.keep(commit);
    return commit;
  }

  /**
   * A message by its number; undefined for one that is no more. Any replica may answer. What one lacks is asked of the
   * leader, and what the leader lacks is gone only if it has what came later: a new one may lag behind for a moment, too.
   */
  async #message(number: number): Promise<StoredMsg | undefined> {
    const { jsm, stream } = this.#options;
    const ask = async () => (await jsm.streams.getMessage(stream, { seq: number })) ?? undefined;
    const found = (await jsm.direct.getMessage(stream, { seq: number })) ?? (await ask());
    if (found !== undefined) return found;
    const { state } = await jsm.streams.info(stream);
    if (state.last_seq < number) throw lagging();
    return ask();
  }

  async #join(parts: readonly number[]): Promise<Buffer> {
    const messages = await Promise.all(parts.map(part => this.#message(part)));
    const found = messages.filter(message => message !== undefined);
    if (found.length < messages.length) throw unavailable('A commit was removed while it was read.');
    return Buffer.concat(found.map(({ data }) => data));
  }

  #headOf(message: JsMsg | StoredMsg): HeadOfCommit | undefined {
    const head = ('header' in message ? message.header : message.headers)?.get(HEAD_HEADER);
    if (head === undefined || head === '') return undefined;
    return {
      number: message.seq,
      adwId: this.#options.subjects.adwIdOf(message.subject),
      head: JSON.parse(head) as CommitHead,
      storedAt: message.time.getTime(),
    };
  }

  #drop(number: number): void {
    const commit = this.#cache.get(number);
    if (commit === undefined) return;
    this.#cache.delete(number);
    this.#cached -= weightOf(commit);
  }
}

interface ConsumerRequest {
  readonly deliver_policy: 'by_start_sequence' | 'last_per_subject';
  readonly opt_start_seq?: number;
  readonly headers_only?: boolean;
  readonly filter_subject: string;
}

function unavailable(why: string): AdwStreamError {
  return new AdwStreamError('store_unavailable', why);
}

function lagging(): AdwStreamError {
  return unavailable('A replica of the log lags behind.');
}

/** What a decoded commit takes in memory, about. */
function weightOf({ bytes, metas }: Commit): number {
  return 500 + 2 * bytes + 200 * metas.length;
}
