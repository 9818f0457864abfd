import type { LogEvent } from '../event/schema.ts';
import type { EventType } from '../event/types.ts';
import type { Gap, Resync } from './events.ts';

/** The `adw_id` that stands for all. */
export const ALL = '*';

/** What `subscribe` takes. */
export interface SubscribeOptions {
  /** The seq after which to begin; 0 for the whole log, absent for from now on. */
  readonly after?: number;
  /** The log that `after` is of, when it comes from an earlier visit: another one begins anew. */
  readonly epoch?: string;
  /** Only these types. */
  readonly types?: readonly EventType[];
  /** Several events a frame; on unless false. */
  readonly batch?: boolean;
}

/** `subscribe` as it travels. */
export interface SubscribeMessage {
  readonly type: 'subscribe';
  readonly adw_id: string;
  readonly after?: number;
  readonly epoch?: string;
  readonly types?: readonly EventType[];
  readonly batch: boolean;
}

/** A cursor: what is wanted of one ADW (or all) and how far it has been delivered. It outlives connections. */
interface Cursor {
  readonly adwId: string;
  options: SubscribeOptions;
  seq: number | undefined;
  epoch: string | undefined;
  /** Acknowledgements that are due; until they are here, what comes is of the subscription before. */
  due: number;
  /** Whether this connection has acknowledged it. */
  live: boolean;
  /** Unsubscribed, but what is still on its way comes through it. */
  leaving: boolean;
}

/**
 * The client's half of "no gap, no repeat": which subscription each event came through, and whether it is the next one.
 *
 * It mirrors the server's rule: where `*` and an ADW overlap, the ADW's own subscription alone carries that ADW. An event
 * moves only the cursor of the subscription that it came through, or an event of a live ADW would let `*` skip others.
 */
export class Subscriptions {
  readonly #cursors = new Map<string, Cursor>();
  /** For `*`: what was delivered of an ADW through a subscription that has ended since. */
  readonly #delivered = new Map<string, number>();

  /** Puts a subscription in place and gives the message that asks for it. Subscribing again replaces. */
  add(adwId: string, options: SubscribeOptions): SubscribeMessage {
    const known = this.#cursors.get(adwId);
    const cursor = known ?? { adwId, options, seq: undefined, epoch: undefined, due: 0, live: false, leaving: false };
    cursor.options = options;
    cursor.leaving = false;
    if (options.after !== undefined) {
      cursor.seq = options.after;
      cursor.epoch = options.epoch;
    }
    this.#cursors.set(adwId, cursor);
    return this.#message(cursor);
  }

  /** Ends a subscription. Answers whether there was one. */
  remove(adwId: string, connected: boolean): boolean {
    const cursor = this.#cursors.get(adwId);
    if (cursor === undefined || cursor.leaving) return false;
    if (connected) {
      cursor.leaving = true;
      cursor.due += 1;
    } else this.#forget(cursor);
    return true;
  }

  has(adwId: string): boolean {
    const cursor = this.#cursors.get(adwId);
    return cursor !== undefined && !cursor.leaving;
  }

  /** Whether there is none beside that of `adwId`. */
  only(adwId: string): boolean {
    return [...this.#cursors.keys()].every(id => id === adwId);
  }

  /** How far a subscription has been delivered, with the log that is of; undefined before it is known. */
  position(adwId: string): { seq: number; epoch: string } | undefined {
    const { seq, epoch } = this.#cursors.get(adwId) ?? {};
    return seq === undefined || epoch === undefined ? undefined : { seq, epoch };
  }

  /**
   * The messages that put every subscription in place on a new connection. `*` comes last: before it an ADW that has a
   * subscription of its own would also come through it.
   */
  begin(): SubscribeMessage[] {
    for (const cursor of [...this.#cursors.values()]) {
      cursor.due = 0;
      cursor.live = false;
      if (cursor.leaving) this.#forget(cursor);
    }
    const cursors = [...this.#cursors.values()].toSorted((a, b) => Number(a.adwId === ALL) - Number(b.adwId === ALL));
    return cursors.map(cursor => this.#message(cursor));
  }

  /** The server acknowledged a subscription, or its end. Answers what that means for what was delivered before. */
  acknowledge(ack: { adwId: string; epoch: string; fromSeq: number; ended: boolean }): { gap?: Gap; resync?: Resync } {
    const cursor = this.#cursors.get(ack.adwId);
    if (cursor === undefined || cursor.due === 0) return {};
    cursor.due -= 1;
    if (cursor.due > 0) return {};
    if (ack.ended) {
      if (cursor.leaving) this.#forget(cursor);
      return {};
    }
    const { adwId, epoch: previousEpoch, seq } = cursor;
    cursor.live = true;
    cursor.epoch = ack.epoch;
    // It began before what it was asked for: the log has not that much, so what was delivered was not of it.
    const isBehind = seq !== undefined && ack.fromSeq < seq;
    if (isBehind || (previousEpoch !== undefined && previousEpoch !== ack.epoch)) {
      cursor.seq = ack.fromSeq;
      this.#delivered.clear();
      return { resync: { adwId, epoch: ack.epoch, previousEpoch: previousEpoch ?? ack.epoch } };
    }
    cursor.seq = Math.max(ack.fromSeq, seq ?? 0);
    if (seq === undefined || ack.fromSeq <= seq) return {};
    return { gap: { adwId, after: seq, resumedAfter: ack.fromSeq } };
  }

  /**
   * Whether an event is the next of the subscription that it came through; moves that cursor.
   * @param via the subscription whose stream carried it, where each has a stream of its own (SSE)
   */
  admit({ seq, data }: LogEvent, via?: string): boolean {
    const own = this.#cursors.get(via ?? data.adw_id);
    if (own?.live === true && own.adwId !== ALL) {
      if (!this.#moves(own, seq)) return false;
      return !own.leaving || this.has(ALL);
    }
    const all = this.#cursors.get(ALL);
    if (all?.live !== true || !this.#moves(all, seq)) return false;
    return seq > (this.#delivered.get(data.adw_id) ?? 0);
  }

  #moves(cursor: Cursor, seq: number): boolean {
    // Asked for anew: what is still on its way from before would move the cursor past what was asked for.
    if (cursor.due > 0 && !cursor.leaving) return false;
    if (seq <= (cursor.seq ?? 0)) return false;
    cursor.seq = seq;
    return true;
  }

  #forget({ adwId, seq }: Cursor): void {
    this.#cursors.delete(adwId);
    if (adwId === ALL) this.#delivered.clear();
    else if (seq !== undefined && this.#cursors.has(ALL)) this.#delivered.set(adwId, seq);
  }

  #message(cursor: Cursor): SubscribeMessage {
    const { adwId, seq, epoch, options } = cursor;
    cursor.due += 1;
    return {
      type: 'subscribe',
      adw_id: adwId,
      ...(seq === undefined ? {} : { after: seq }),
      ...(epoch === undefined ? {} : { epoch }),
      ...(options.types === undefined ? {} : { types: options.types }),
      batch: options.batch !== false,
    };
  }
}
