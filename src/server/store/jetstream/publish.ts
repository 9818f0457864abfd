import { randomUUID } from 'node:crypto';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { backoffMs } from '../../../base/backoff.ts';
import { sleep } from '../../../base/clock.ts';
import type { AdwIndex } from './adw-index.ts';
import { type Commit, type CommitHead, encodeBody, HEAD_HEADER } from './commit.ts';
import type { Draft } from './decide.ts';
import { isConflict, isFull, storeError } from './failure.ts';
import type { Subjects } from './subject.ts';

/** Bytes of a message that its header and NATS itself take, at most. */
const OVERHEAD_BYTES = 8 * 1024;
/** ms after which a message that was not acknowledged is sent again. */
const RESEND_MS = 2_000;
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** What {@link Publisher} takes. */
export interface PublisherOptions {
  readonly js: JetStreamClient;
  readonly subjects: Subjects;
  /** The server's limit for one message, bytes. */
  readonly maxPayload: () => number;
  /** Brings this node to the newest commit of an ADW. @returns its number; 0 for none */
  readonly catchUp: (adwId: string) => Promise<number>;
  /** Whether the log is no more: then nothing of it is waited for. */
  readonly isLost: () => boolean;
  /** Told which message the stream holds now. */
  readonly stored: (number: number) => void;
  /** Told how each attempt went: undefined for well. */
  readonly report: (error: unknown) => void;
}

/** How a publish ended: in the log, or not, because another commit of the ADW was first. */
export type Published = 'stored' | 'conflict';

/**
 * Puts commits into the stream. Each counts only if nothing came between it and the message that its sender knew as the
 * ADW's newest ({@link isStale}), so any number of nodes may write, and sending one again is always safe: the second
 * of two copies finds the first in its way. Whether one counts is known when it comes back along the log.
 *
 * `Nats-Expected-Last-Subject-Sequence` keeps almost all stale commits out of the stream, but only for its
 * size: a cluster's leader compares before it replicates, and lets two pass that come within a moment (nats-server #4320).
 * What a replica refuses when it stores must not be asked of it: no `Nats-Msg-Id`, and no expectation of 0. A 2.9 counts
 * such refusals, forgets the count when it starts again, and numbers what follows otherwise than the other replicas do.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #sent = new Map<string, (end: Published) => void>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Bytes that go into one message. */
  get bodyMax(): number {
    return this.#options.maxPayload() - OVERHEAD_BYTES;
  }

  /** Tells the publisher of a commit that came along the log, and whether it counts. */
  seen({ head }: Commit, counts: boolean): void {
    this.#sent.get(head.id)?.(counts ? 'stored' : 'conflict');
  }

  /** The commit of a draft. @param giveUpAt ms since the Unix epoch */
  publish({ index, files, events }: Draft, giveUpAt: number): Promise<Published> {
    const body = encodeBody({ files: [...files.values()], events });
    const head = {
      kind: 'events',
      after: index.last,
      count: events.length,
      first: index.first,
      events: index.columns.seq.length + events.length,
      bytes: index.bytes + body.length,
      before: index.lastSeq,
    } as const;
    return this.#put(index, { head, body, giveUpAt });
  }

  /** The commit after which everything before it may go. */
  publishRemoval(index: AdwIndex, giveUpAt: number): Promise<Published> {
    const files = [...index.positions.values()].map(position => ({ position, units: [] }));
    const body = encodeBody({ files, ids: [...index.idsOutside] });
    const head = {
      kind: 'removed',
      after: index.last,
      count: 0,
      first: 0,
      events: 0,
      bytes: body.length,
      before: index.lastSeq,
    } as const;
    return this.#put(index, { head, body, giveUpAt });
  }

  async #put(index: AdwIndex, { head, body, giveUpAt }: Parcel): Promise<Published> {
    const { report, isLost } = this.#options;
    const id = randomUUID();
    let end: Published | undefined;
    const arrived = new Promise<Published>(resolve => {
      this.#sent.set(id, first => {
        end ??= first;
        resolve(first);
      });
    });
    try {
      for (let attempt = 1; end === undefined; attempt += 1) {
        try {
          const sent = this.#send(index, { id, head, body, giveUpAt });
          const refused = (await Promise.race([arrived.then(() => 'sent' as const), sent])) === 'conflict';
          if (!refused) await within(arrived, giveUpAt);
          report(undefined);
          end ??= 'conflict';
        } catch (error) {
          if (end !== undefined) break;
          report(error);
          if (isFull(error) || isLost() || Date.now() >= giveUpAt) throw storeError(error, 'store the events');
          await Promise.race([arrived, sleep(backoffMs(attempt, BACKOFF))]);
        }
      }
      return end;
    } finally {
      this.#sent.delete(id);
    }
  }

  /** Sends a commit; after a conflict this node knows the one that was first. */
  async #send(index: AdwIndex, { id, head, body }: Parcel & { id: string }): Promise<'sent' | 'conflict'> {
    const { js, subjects, catchUp, stored } = this.#options;
    const whole = body.length <= this.bodyMax;
    const parts = whole ? undefined : await this.#sendParts(index.adwId, body);
    const header = headers();
    header.set(HEAD_HEADER, JSON.stringify({ id, ...head, ...(parts === undefined ? {} : { parts }) }));
    const condition = head.after > 0 ? { expect: { lastSubjectSequence: head.after } } : {};
    try {
      const message = whole ? body : undefined;
      const options = { headers: header, ...condition, timeout: RESEND_MS };
      const ack = await js.publish(subjects.commitsOf(index.adwId), message, options);
      stored(ack.seq);
      return 'sent';
    } catch (error) {
      if (!isConflict(error)) throw error;
      if ((await catchUp(index.adwId)) < head.after)
        throw new Error('what the stream held is no more', { cause: error });
      return 'conflict';
    }
  }

  /** Pieces are in the stream before the commit that names them: pieces that no commit names are never read. */
  async #sendParts(adwId: string, body: Buffer): Promise<number[]> {
    const size = this.bodyMax;
    const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
      body.subarray(index * size, (index + 1) * size),
    );
    const subject = this.#options.subjects.partsOf(adwId);
    const acks = await Promise.all(
      pieces.map(piece => this.#options.js.publish(subject, piece, { timeout: RESEND_MS })),
    );
    return acks.map(ack => ack.seq);
  }
}

interface Parcel {
  readonly head: Omit<CommitHead, 'id'>;
  readonly body: Buffer;
  readonly giveUpAt: number;
}

/** `promise`, or a rejection when it takes until `giveUpAt`. */
function within(promise: Promise<unknown>, giveUpAt: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('what was stored has not come back along the log'));
    const timer = setTimeout(late, Math.max(0, giveUpAt - Date.now()));
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
