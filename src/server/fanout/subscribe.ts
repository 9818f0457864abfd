import { type Encoding, encode, type Piece } from './encoding.ts';
import type { Filter } from './filter.ts';
import type { History } from './history.ts';
import { PIECE_BYTES_MAX } from './limits.ts';
import type { Live } from './live.ts';
import type { SocketWriter } from './socket-writer.ts';

/** A subscription, as far as catching up concerns it. */
export interface CatchingUp {
  readonly filter: Filter;
  readonly encoding: Encoding;
  readonly writer: SocketWriter;
  readonly live: Live;
  readonly history: History;
  /** Everything wanted up to this seq has been handed over. */
  readonly cursor: number;
  /** The seq before which nothing is kept. */
  readonly oldest: number;
  /** ms for which the log may lie behind the cursor. */
  readonly aheadMsMax: number;
  /** False once it is live or has ended. */
  readonly isCatchingUp: boolean;
  /** Joins the channel of those that are live. */
  goLive(): void;
  /** Hands over a piece of the past, and moves the cursor behind it. */
  deliver(piece: Piece): void;
  /** Moves the cursor to `seq`: nothing before it is wanted that was not handed over. */
  advance(seq: number): void;
  /** Tells the client, once each time, that it is served from the log. */
  tellLag(): void;
  /** Closes the connection because the log does not reach the cursor: a client that resumes there again begins anew. */
  giveUp(): void;
  /** Closes the connection because the past it was to read is gone. */
  expire(): void;
}

/**
 * Brings a subscription from its cursor to the head of the log, then makes it live: without a gap, without a repeat, in
 * the order of the log. This is the only place where that is done, for a first `subscribe`, for a resume, and for a
 * client that was too slow for live frames.
 *
 * It relies on three things. The cursor moves in the same call in which bytes are handed to the socket. A page never reaches
 * beyond the head. And the head moves only in `Live.commit`, which is synchronous: between seeing that the cursor is at
 * the head and joining the channel there is no `await`, so nothing can be committed in between. What comes in during the
 * replay needs no buffer: it is in the log, and the next page has it.
 */
export async function follow(subscription: CatchingUp): Promise<void> {
  const { filter, encoding, writer, live, history } = subscription;
  const aheadUntil = performance.now() + subscription.aheadMsMax;
  while (subscription.isCatchingUp) {
    // 1. At the head: go live.
    if (subscription.cursor === live.head) return subscription.goLive();
    // 2. Ahead of it (a resume that another server acknowledged): wait until the log has come there, though not for ever.
    if (subscription.cursor > live.head) {
      const left = aheadUntil - performance.now();
      if (left <= 0) return subscription.giveUp();
      await live.arrival(left);
      continue;
    }
    // 3. Behind: there has to be room before a page is worth reading, so that a stuck client holds none.
    if (!(await writer.room(PIECE_BYTES_MAX)) || !subscription.isCatchingUp) return;
    subscription.tellLag();
    const page = await history.page(subscription.cursor, filter);
    if (!subscription.isCatchingUp) return;
    // Asked after the read: had retention run before it, the page would lack what that removed.
    if (subscription.cursor < subscription.oldest) return subscription.expire();
    // 4. Replay it, piece by piece, as the client takes it.
    for (const piece of encode(page.frames, encoding, live.epoch)) {
      if (!(await writer.room(piece.bytes.length)) || !subscription.isCatchingUp) return;
      subscription.deliver(piece);
    }
    if (subscription.isCatchingUp) subscription.advance(page.to);
  }
}
