import type { ConsumerMessages, JetStreamClient } from '@nats-io/jetstream';
import { backoffMs } from '../../../base/backoff.ts';
import { sleep } from '../../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { Commit } from './commit.ts';
import type { Messages } from './messages.ts';

/** Messages on their way to this node at most; each may be as large as the server's `max_payload`. */
const AHEAD_MAX = 256;
/** ms between a consumer's heartbeats while the log is quiet; when two are missing, the consumer is made anew. */
const IDLE_HEARTBEAT_MS = 1_000;
const PULL_MS = 10_000;
/** ms without a step after which a tailer that knows of a newer commit asks for the log again. */
const STALLED_MS = 3_000;
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** What {@link tailLog} takes. */
export interface LogTailerOptions {
  /** Its timeout is short: a consumer that was placed on a dead server is not answered, the next one may be. */
  readonly js: JetStreamClient;
  readonly messages: Messages;
  readonly stream: string;
  /** Subject of what is tailed. */
  readonly subject: string;
  /** The last message that is known already. */
  readonly after: number;
  /** Called with each commit, in the order of the stream, once. Must not throw. */
  readonly onCommit: (commit: Commit) => void;
  /** Told why the log could not be followed. */
  readonly report: (error: unknown) => void;
  readonly log: Logger;
}

/** A node's place in the log: it moves along with every commit, its own and those of other nodes. */
export interface LogTailer {
  /** Resolves once the commit with this number was handed over. @throws AdwStreamError `store_unavailable` */
  reached(number: number, withinMs: number): Promise<void>;
  /** Says that the stream holds a commit with this number, so that it is missed when it does not come. */
  expect(number: number): void;
  /** Asks for the log again from where it is: what was sent into a connection that broke is lost on the way. */
  resume(): void;
  close(): Promise<void>;
}

/**
 * Follows the log from a message on, over broken connections and moved leaders, without a gap or a repeat. Its consumer
 * lives on one server. When that one dies, JetStream still knows the consumer, so the client asks in vain how it is for as
 * long as the server is away: a consumer that falls silent is given up here instead, and made anew elsewhere.
 */
export function tailLog(options: LogTailerOptions): LogTailer {
  const { js, stream, subject, messages, log } = options;
  const stop = new AbortController();
  const waiting = new Set<{ readonly number: number; readonly resolve: () => void }>();
  let at = options.after;
  let newest = at;
  let overdue: NodeJS.Timeout | undefined;
  let consumed: ConsumerMessages | undefined;

  const take = (commit: Commit): void => {
    if (commit.number <= at) return;
    at = commit.number;
    clearTimeout(overdue);
    overdue = undefined;
    options.onCommit(commit);
    for (const waiter of waiting) if (waiter.number <= at) waiter.resolve();
    expect(newest);
  };
  const expect = (number: number): void => {
    newest = Math.max(newest, number);
    if (at < newest) overdue ??= setTimeout(stalled, STALLED_MS);
  };
  const stalled = (): void => {
    overdue = undefined;
    letGo();
    expect(newest);
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
    void giveUpWhenSilent(consumed);
    for await (const message of consumed) {
      const commit = await messages.decode(message);
      if (commit === undefined) log.report('broker_foreign_message', { seq: message.seq });
      else take(commit);
    }
  };
  // Not awaited: a consumer that was never read from does not say that it closed.
  const letGo = (own = consumed): void => void own?.close().catch(() => undefined);
  const giveUpWhenSilent = async (own: ConsumerMessages): Promise<void> => {
    for await (const { type } of own.status()) if (type === 'heartbeats_missed') letGo(own);
  };
  const run = async (): Promise<void> => {
    for (let failures = 1; !stop.signal.aborted; failures += 1) {
      const before = at;
      await consume().catch((error: unknown) => {
        if (stop.signal.aborted) return;
        if (failures === 1) log.report('broker_log_lost', { error: messageOf(error) });
        options.report(error);
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
    expect,
    resume: () => letGo(),
    close: async () => {
      stop.abort();
      clearTimeout(overdue);
      letGo();
      await running;
    },
  };
}
