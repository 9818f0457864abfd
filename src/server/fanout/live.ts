import { ALL_ADWS } from '../../event/message.ts';
import type { TailedEvent } from '../store/store.ts';
import { Channel, type Member } from './channel.ts';
import type { Encoding } from './encoding.ts';
import type { Filter } from './filter.ts';
import { type Frame, framesOf } from './frame.ts';
import { Ring } from './ring.ts';

export interface LiveOptions {
  readonly epoch: string;
  /** The seq of the newest event when the fan-out begins. */
  readonly head: number;
  readonly ringBytesMax: number;
  readonly coalesceMs: number;
}

/**
 * The head of the log and the subscribers that have reached it. `commit` moves the head and is synchronous, so a subscriber
 * that reads `head` and joins without an `await` between misses nothing. An event costs the channels that want it: they are
 * indexed by ADW. A quiet server flushes at once; a busy one `coalesceMs` after the flush before, or as long after it as
 * that one took: with thousands of subscribers half of the time is left for taking events in, and the next flush sends
 * more of them together.
 */
export class Live {
  readonly epoch: string;
  readonly ring: Ring;
  readonly #coalesceMs: number;
  readonly #channels = new Map<string, Channel>();
  readonly #byAdw = new Map<string, Set<Channel>>();
  readonly #dirty = new Set<Channel>();
  #head: number;
  #unreachable = Number.POSITIVE_INFINITY;
  #arrivals: (() => void)[] = [];
  #flushing: 'idle' | 'soon' | 'cooling' | 'closed' = 'idle';
  #timer: NodeJS.Timeout | undefined;

  constructor({ epoch, head, ringBytesMax, coalesceMs }: LiveOptions) {
    this.epoch = epoch;
    this.#head = head;
    this.ring = new Ring(head, ringBytesMax);
    this.#coalesceMs = coalesceMs;
  }

  /** The seq of the newest event that was committed. */
  get head(): number {
    return this.#head;
  }

  /** A seq beyond the head that the log was waited for in vain: no log that this server follows has it. */
  get unreachable(): number {
    return this.#unreachable;
  }

  /** How many different streams are put together at each flush. */
  get channels(): number {
    return this.#channels.size;
  }

  /** Takes what the store committed, in order. */
  commit(events: readonly TailedEvent[]): void {
    for (const frame of framesOf(events, this.epoch)) {
      this.ring.push(frame);
      this.#head = frame.seq;
      this.#offer(this.#byAdw.get(frame.adwId), frame);
      this.#offer(this.#byAdw.get(ALL_ADWS), frame);
    }
    if (this.#head >= this.#unreachable) this.#unreachable = Number.POSITIVE_INFINITY;
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const resolve of arrivals) resolve();
    if (this.#dirty.size > 0 && this.#flushing === 'idle') {
      this.#flushing = 'soon';
      setImmediate(() => this.#flush());
    }
  }

  /** Resolves at the next commit, or after `ms`. */
  arrival(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#arrivals.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Says that the log was waited for long enough to have come to `seq`. */
  giveUpOn(seq: number): void {
    this.#unreachable = Math.min(this.#unreachable, seq);
  }

  /** Makes a member that has everything up to `head` live. */
  join(member: Member, filter: Filter, encoding: Encoding): Channel {
    const key = `${encoding}|${filter.key}`;
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new Channel(filter, encoding, { key, epoch: this.epoch, head: this.#head });
      this.#channels.set(key, channel);
      const siblings = this.#byAdw.get(filter.adwId);
      if (siblings === undefined) this.#byAdw.set(filter.adwId, new Set([channel]));
      else siblings.add(channel);
    }
    channel.add(member, this.#head);
    return channel;
  }

  /** Lets a live member go. It has everything up to `head` afterwards, unless `fellBehind` was called on it. */
  leave(member: Member, channel: Channel): void {
    channel.remove(member, this.#head);
    this.prune(channel);
  }

  /** Forgets a channel that has no members. */
  prune(channel: Channel): void {
    const { filter, key } = channel;
    if (!channel.isEmpty || this.#channels.get(key) !== channel) return;
    this.#channels.delete(key);
    this.#dirty.delete(channel);
    const siblings = this.#byAdw.get(filter.adwId);
    siblings?.delete(channel);
    if (siblings?.size === 0) this.#byAdw.delete(filter.adwId);
  }

  /** Flushes what is pending and stops. */
  close(): void {
    this.#flush();
    clearTimeout(this.#timer);
    this.#flushing = 'closed';
    this.#arrivals = [];
  }

  #offer(channels: ReadonlySet<Channel> | undefined, frame: Frame): void {
    if (channels === undefined) return;
    for (const channel of channels) if (channel.offer(frame)) this.#dirty.add(channel);
  }

  #flush(): void {
    if (this.#flushing === 'closed') return;
    if (this.#dirty.size === 0) {
      this.#flushing = 'idle';
      return;
    }
    const began = performance.now();
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const channel of dirty) {
      channel.flush(this.#head);
      this.prune(channel);
    }
    this.#flushing = 'cooling';
    this.#timer = setTimeout(() => this.#flush(), Math.max(this.#coalesceMs, performance.now() - began));
  }
}
