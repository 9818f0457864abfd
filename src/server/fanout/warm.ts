import { PAGE_EVENTS_MAX } from '../../event/limits.ts';
import { isFullPage, type Store } from '../store/store.ts';
import { type Frame, framesOf } from './frame.ts';
import type { Live } from './live.ts';

/** Puts the newest events that were in the log when `live` began, about `bytesMax` of them, into its ring. */
export async function warm(store: Store, { ring, epoch }: Live, bytesMax: number): Promise<void> {
  const frames: Frame[] = [];
  const begins = ring.floor;
  let bytes = 0;
  let floor = begins;
  while (bytes < bytesMax && floor > store.firstSeq) {
    const query = { before: floor + 1, limit: PAGE_EVENTS_MAX, charsMax: bytesMax, order: 'desc' } as const;
    const page = await store.read(query);
    for (const frame of framesOf(page, epoch)) {
      frames.push(frame);
      bytes += frame.size;
    }
    // A page that is not full reaches back to the beginning of the log.
    floor = isFullPage(page, query) ? (page.at(-1)?.seq ?? 1) - 1 : store.firstSeq;
  }
  // Unless so much came in meanwhile that the ring has let go of what would have to follow.
  if (ring.floor === begins) ring.prepend(frames.reverse(), floor);
}
