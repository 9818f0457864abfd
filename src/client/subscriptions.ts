import type { LogEvent } from '../event/schema.ts';
import type { EventType } from '../event/types.ts';
import type { Gap, Resync } from './events.ts';

/** The `adw_id` that stands for all. */
const ALL = '*';

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
 * A client follows either all ADWs or some, as the server has it: so an event comes through the subscription of its ADW, or
 * through `*`.
 */
export class Subscriptions {
  readonly #cursors = new Map<string, Cursor>();

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
    } else this.#cursors.delete(adwId);
    return true;
  }

  /** Whether a subscription to `adwId` goes with those that there are: `*` with none, an ADW with other ADWs. */
  fits(adwId: string): boolean {
    const others = [...this.#cursors.values()].filter(cursor => cursor.adwId !== adwId && !cursor.leaving);
    return others.every(cursor => adwId !== ALL && cursor.adwId !== ALL);
  }

  /** How far a subscription has been delivered, with the log that is of; undefined before it is known. */
  position(adwId: string): { seq: number; epoch: string } | undefined {
    const { seq, epoch } = this.#cursors.get(adwId) ?? {};
    return seq === undefined || epoch === undefined ? undefined : { seq, epoch };
  }

  /** The messages that put every subscription in place on a new connection. */
  begin(): SubscribeMessage[] {
    for (const cursor of [...this.#cursors.values()]) {
      cursor.due = 0;
      cursor.live = false;
      if (cursor.leaving) this.#cursors.delete(cursor.adwId);
    }
    return [...this.#cursors.values()].map(cursor => this.#message(cursor));
  }

  /** The server acknowledged a subscription, or its end. Answers what that means for what was delivered before. */
  acknowledge(ack: { adwId: string; epoch: string; fromSeq: number; ended: boolean }): { gap?: Gap; resync?: Resync } {
    const cursor = this.#cursors.get(ack.adwId);
    if (cursor === undefined || cursor.due === 0) return {};
    cursor.due -= 1;
    if (cursor.due > 0) return {};
    if (ack.ended) {
      if (cursor.leaving) this.#cursors.delete(ack.adwId);
      return {};
    }
    const { adwId, epoch: previousEpoch, seq } = cursor;
    cursor.live = true;
    cursor.epoch = ack.epoch;
    // It began before what it was asked for: the log has not that much, so what was delivered was not of it.
    const isBehind = seq !== undefined && ack.fromSeq < seq;
    if (isBehind || (previousEpoch !== undefined && previousEpoch !== ack.epoch)) {
      cursor.seq = ack.fromSeq;
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
    const cursor = own?.live === true ? own : this.#cursors.get(ALL);
    // Asked for anew: what is still on its way from before would move the cursor past what was asked for.
    if (cursor?.live !== true || cursor.leaving || cursor.due > 0) return false;
    if (seq <= (cursor.seq ?? 0)) return false;
    cursor.seq = seq;
    return true;
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
