import { messageOf } from '../../base/errors.ts';
import { CLOSE, type CloseRow } from '../../event/close-code.ts';
import type { Channel, Member } from './channel.ts';
import type { Encoding, Piece } from './encoding.ts';
import type { Filter } from './filter.ts';
import { History } from './history.ts';
import type { Hub } from './hub.ts';
import type { Live } from './live.ts';

import type { SocketWriter } from './socket-writer.ts';
import { type CatchingUp, follow } from './subscribe.ts';

/** What a subscription begins with. */
export interface SubscriptionOptions {
  readonly filter: Filter;
  readonly encoding: Encoding;
  /** The seq after which it begins. */
  readonly cursor: number;
  /** Whether the client knows our own messages and is told that it lags; the reference's browser client does not. */
  readonly tellsLag: boolean;
}

/** The client that a subscription is of. */
export interface Recipient {
  readonly id: string;
  readonly writer: SocketWriter;
  /** Events that it was sent, over all its subscriptions. */
  eventsSent: number;
  /** Closes its connection, saying why. */
  close(row: CloseRow, reason: string): void;
}

/**
 * A position in the log and what is wanted from there on: either catching up (`follow` moves it) or live (on a channel).
 * It holds no events.
 */
export class Subscription implements Member, CatchingUp {
  readonly filter: Filter;
  readonly encoding: Encoding;
  readonly history: History;
  readonly live: Live;
  readonly writer: SocketWriter;
  readonly #hub: Hub;
  readonly #recipient: Recipient;
  readonly #tellsLag: boolean;
  #cursor: number;
  #channel: Channel | undefined;
  #state: 'catching-up' | 'live' | 'ended' = 'catching-up';
  #lags: 'no' | 'untold' | 'told' = 'no';

  constructor(hub: Hub, recipient: Recipient, { filter, encoding, cursor, tellsLag }: SubscriptionOptions) {
    this.filter = filter;
    this.encoding = encoding;
    this.live = hub.live;
    this.history = new History(hub.store, hub.live, hub.catchUp);
    this.writer = recipient.writer;
    this.#hub = hub;
    this.#recipient = recipient;
    this.#cursor = cursor;
    this.#tellsLag = tellsLag;
  }

  /** While live the channel hands events over, so the cursor is the head. */
  get cursor(): number {
    return this.#state === 'live' ? this.live.head : this.#cursor;
  }

  get isCatchingUp(): boolean {
    return this.#state === 'catching-up';
  }

  /** Whether it was live and fell behind, and is not back yet. */
  get isLagging(): boolean {
    return this.#lags !== 'no' && this.isCatchingUp;
  }

  get oldest(): number {
    return this.#hub.store.firstSeq;
  }

  /** Begins, or begins again after having fallen behind. */
  start(): void {
    follow(this).catch(error => {
      this.#hub.log.report('subscriber_failed', { error: messageOf(error), connection: this.#recipient.id });
      this.#recipient.close(CLOSE.internal, 'the log could not be read');
    });
  }

  /** Ends it. @returns the seq up to which everything wanted has been handed over */
  stop(): number {
    if (this.#channel !== undefined) {
      this.#cursor = this.live.head;
      this.live.leave(this, this.#channel);
    }
    this.#channel = undefined;
    this.#state = 'ended';
    return this.#cursor;
  }

  goLive(): void {
    this.#state = 'live';
    this.#lags = 'no';
    this.#channel = this.live.join(this, this.filter, this.encoding);
  }

  take(piece: Piece): boolean {
    if (!this.writer.fits(piece.bytes.length)) return false;
    this.#write(piece);
    return true;
  }

  fellBehind(seq: number): void {
    this.#channel = undefined;
    this.#cursor = seq;
    this.#state = 'catching-up';
    this.#lags = 'untold';
    this.#hub.traffic.lagged++;
    this.start();
  }

  deliver(piece: Piece): void {
    this.#write(piece);
    this.#cursor = piece.seq;
  }

  advance(seq: number): void {
    this.#cursor = seq;
  }

  tellLag(): void {
    if (this.#lags !== 'untold' || !this.#tellsLag) return;
    this.#lags = 'told';
    const behind = this.live.head - this.#cursor;
    this.writer.send({ type: 'lagging', data: { adw_id: this.filter.adwId, behind } });
  }

  get aheadMsMax(): number {
    return this.#hub.limits.aheadMsMax;
  }

  giveUp(): void {
    this.live.giveUpOn(this.#cursor);
    this.#recipient.close(CLOSE.expired, `not of this log, which ends at ${this.live.epoch}:${this.live.head}`);
  }

  expire(): void {
    this.#recipient.close(CLOSE.expired, `no longer kept; the log begins after ${this.live.epoch}:${this.oldest}`);
  }

  #write(piece: Piece): void {
    this.writer.write(piece.bytes);
    this.#recipient.eventsSent += piece.events;
    const { traffic } = this.#hub;
    traffic.writes++;
    traffic.eventsSent += piece.events;
    traffic.bytesSent += piece.bytes.length;
  }
}
