import { encode } from './encoding.ts';
import { PIECE_BYTES_MAX } from './limits.ts';
import type { Subscription } from './subscription.ts';

/**
 * Brings a subscription from its cursor to the head of the log, then makes it live: without a gap, without a repeat, in
 * the order of the log. This is the only place where that is done, for a first `subscribe`, for a resume, and for a
 * client that was too slow for live frames.
 *
 * It rests on three facts. The cursor moves in the same breath as bytes are handed to the socket. A page never reaches
 * beyond the head. And the head moves only in `Live.commit`, which is synchronous: between seeing that the cursor is at
 * the head and joining the channel there is no `await`, so nothing can be committed in between. What comes in during the
 * replay needs no buffer: it is in the log, and the next page has it.
 */
export async function follow(subscription: Subscription): Promise<void> {
  const { filter, encoding, outlet, live, history } = subscription;
  const aheadUntil = performance.now() + subscription.aheadMsMax;
  while (subscription.isCatchingUp) {
    // 1. At the head: go live.
    if (subscription.cursor === live.head) return subscription.goLive();
    // 2. Ahead of it (a resume that another server acknowledged): wait for the log to come by, though not for ever.
    if (subscription.cursor > live.head) {
      const left = aheadUntil - performance.now();
      if (left <= 0) return subscription.giveUp();
      await live.arrival(left);
      continue;
    }
    // 3. Behind: there has to be room before a page is worth reading, so that a stuck client holds none.
    if (!(await outlet.room(PIECE_BYTES_MAX)) || !subscription.isCatchingUp) return;
    subscription.tellLag();
    const page = await history.page(subscription.cursor, filter);
    if (!subscription.isCatchingUp) return;
    // Asked after the read: had retention come before it, the page would lack what it took.
    if (subscription.cursor < subscription.oldest) return subscription.expire();
    // 4. Replay it, piece by piece, as the client takes it.
    for (const piece of encode(page.frames, encoding, live.epoch)) {
      if (!(await outlet.room(piece.bytes.length)) || !subscription.isCatchingUp) return;
      subscription.deliver(piece);
    }
    if (subscription.isCatchingUp) subscription.advance(page.to);
  }
}
