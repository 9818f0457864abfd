import type { ConsumerMessages, JetStreamClient } from '@nats-io/jetstream';
import { backoffMs } from '../../../base/backoff.ts';
import { sleep } from '../../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { Commit } from './commit.ts';
import type { Messages } from './messages.ts';

/** Messages on their way to this node at most; each may be as large as the server's `max_payload`. */
const AHEAD_MAX = 256;
/** ms between signs of life while the log is quiet; two that are missing, and the consumer is made anew. */
const IDLE_HEARTBEAT_MS = 2_000;
const PULL_MS = 10_000;
const BACKOFF = { baseMs: 200, maxMs: 5_000 };

/** What {@link follow} takes. */
export interface FollowOptions {
  readonly js: JetStreamClient;
  readonly messages: Messages;
  readonly stream: string;
  /** Subject of what is followed. */
  readonly subject: string;
  /** The last message that is known already. */
  readonly after: number;
  /** Called with each commit, in the order of the stream, once. Must not throw. */
  readonly onCommit: (commit: Commit) => void;
  readonly log: Logger;
}

/** A node's place in the log: it moves along with every commit, its own and those of other nodes. */
export interface Follower {
  /** Resolves once the commit with this number was handed over. @throws AdwStreamError `store_unavailable` */
  reached(number: number, withinMs: number): Promise<void>;
  /** Asks for the log again from where it is: what was sent into a connection that broke is lost on the way. */
  resume(): void;
  close(): Promise<void>;
}

/** Follows the log from a message on, over broken connections and moved leaders, without a gap or a repeat. */
export function follow(options: FollowOptions): Follower {
  const { js, stream, subject, messages, log } = options;
  const stop = new AbortController();
  const waiting = new Set<{ readonly number: number; readonly resolve: () => void }>();
  let at = options.after;
  let consumed: ConsumerMessages | undefined;

  const take = (commit: Commit): void => {
    if (commit.number <= at) return;
    at = commit.number;
    options.onCommit(commit);
    for (const waiter of waiting) if (waiter.number <= at) waiter.resolve();
  };
  const consume = async (): Promise<void> => {
    const consumer = await js.consumers.get(stream, {
      filter_subjects: subject,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: at + 1,
    });
    consumed = await consumer.consume({
      max_messages: AHEAD_MAX,
      expires: PULL_MS,
      idle_heartbeat: IDLE_HEARTBEAT_MS,
    });
    if (stop.signal.aborted) return;
    for await (const message of consumed) {
      const commit = await messages.decode(message);
      if (commit === undefined)
        log.warn(`Message ${message.seq} of the stream is none of ours: who may publish there?`);
      else take(commit);
    }
  };
  // Not awaited: a consumer that was never read from does not say that it closed.
  const letGo = (): void => void consumed?.close().catch(() => undefined);
  const run = async (): Promise<void> => {
    for (let failures = 1; !stop.signal.aborted; failures += 1) {
      const before = at;
      await consume().catch((error: unknown) => {
        if (!stop.signal.aborted) log.warn(`Lost the log, looking for it again: ${messageOf(error)}`);
      });
      letGo();
      if (at > before) failures = 0;
      await sleep(backoffMs(failures, BACKOFF), stop.signal);
    }
  };
  const running = run();

  return {
    reached: (number, withinMs) =>
      number <= at
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            const settle = (done: () => void): void => {
              clearTimeout(timer);
              waiting.delete(waiter);
              done();
            };
            const late = new AdwStreamError('store_unavailable', 'This node has not caught up with the log yet.');
            const timer = setTimeout(() => settle(() => reject(late)), withinMs);
            const waiter = { number, resolve: () => settle(resolve) };
            waiting.add(waiter);
          }),
    resume: letGo,
    close: async () => {
      stop.abort();
      letGo();
      await running;
    },
  };
}
