import { messageOf } from '../../base/errors.ts';
import { CLOSE } from '../../event/close-code.ts';
import type { Channel, Member } from './channel.ts';
import type { Encoding, Piece } from './encoding.ts';
import type { Filter } from './filter.ts';
import { History } from './history.ts';
import type { Hub } from './hub.ts';
import type { Live } from './live.ts';
import type { Outlet } from './outlet.ts';
import type { Peer } from './peer.ts';
import { follow } from './subscribe.ts';

/** What a subscription begins with. */
export interface SubscriptionOptions {
  readonly filter: Filter;
  readonly encoding: Encoding;
  /** The seq after which it begins. */
  readonly cursor: number;
  /** Whether the client knows our own messages and is told that it lags; the reference's browser client does not. */
  readonly tellsLag: boolean;
}

/**
 * A position in the log and what is wanted from there on: either catching up (`follow` moves it) or live (on a channel).
 * It holds no events.
 */
export class Subscription implements Member {
  readonly filter: Filter;
  readonly encoding: Encoding;
  readonly history: History;
  readonly live: Live;
  readonly outlet: Outlet;
  readonly #hub: Hub;
  readonly #peer: Peer;
  readonly #tellsLag: boolean;
  #cursor: number;
  #channel: Channel | undefined;
  #state: 'catching-up' | 'live' | 'ended' = 'catching-up';
  #lags: 'no' | 'untold' | 'told' = 'no';

  constructor(hub: Hub, peer: Peer, { filter, encoding, cursor, tellsLag }: SubscriptionOptions) {
    this.filter = filter;
    this.encoding = encoding;
    this.live = hub.live;
    this.history = new History(hub.store, hub.live, hub.turns);
    this.outlet = peer.outlet;
    this.#hub = hub;
    this.#peer = peer;
    this.#cursor = cursor;
    this.#tellsLag = tellsLag;
  }

  /** Everything wanted up to this seq has been handed over; while live that is so for the channel, not looked up here. */
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

  /** The seq before which nothing is kept. */
  get oldest(): number {
    return this.#hub.store.firstSeq;
  }

  /** Begins, or begins again after having fallen behind. */
  start(): void {
    follow(this).catch(error => {
      this.#hub.log.report('subscriber_failed', { error: messageOf(error), connection: this.#peer.id });
      this.#peer.close(CLOSE.internal, 'the log could not be read');
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
    if (!this.outlet.fits(piece.bytes.length)) return false;
    this.#write(piece);
    return true;
  }

  fell(seq: number): void {
    this.#channel = undefined;
    this.#cursor = seq;
    this.#state = 'catching-up';
    this.#lags = 'untold';
    this.#hub.traffic.lagged++;
    this.start();
  }

  /** Hands over a piece of the past. */
  deliver(piece: Piece): void {
    this.#write(piece);
    this.#cursor = piece.seq;
  }

  /** Says that nothing up to `seq` is wanted that was not handed over. */
  advance(seq: number): void {
    this.#cursor = seq;
  }

  /** Tells the client, once each time, that it is served from the log. */
  tellLag(): void {
    if (this.#lags !== 'untold' || !this.#tellsLag) return;
    this.#lags = 'told';
    const behind = this.live.head - this.#cursor;
    this.outlet.send({ type: 'lagging', data: { adw_id: this.filter.adwId, behind } });
  }

  /** ms for which the log may lie behind the cursor. */
  get aheadMsMax(): number {
    return this.#hub.limits.aheadMsMax;
  }

  /** Closes the connection because the log does not come to the cursor: who resumes there again begins anew. */
  giveUp(): void {
    this.live.giveUpOn(this.#cursor);
    this.#peer.close(CLOSE.expired, `not of this log, which ends at ${this.live.epoch}:${this.live.head}`);
  }

  /** Closes the connection because the past it was to read is gone. */
  expire(): void {
    this.#peer.close(CLOSE.expired, `no longer kept; the log begins after ${this.live.epoch}:${this.oldest}`);
  }

  #write(piece: Piece): void {
    this.outlet.write(piece.bytes);
    this.#peer.eventsSent += piece.events;
    const { traffic } = this.#hub;
    traffic.writes++;
    traffic.eventsSent += piece.events;
    traffic.bytesSent += piece.bytes.length;
  }
}
