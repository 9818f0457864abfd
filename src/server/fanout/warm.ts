import { PAGE_EVENTS_MAX } from '../../event/limits.ts';
import type { Store } from '../store/store.ts';
import { Frame } from './frame.ts';
import type { Live } from './live.ts';

/** Puts the newest events that were in the log when `live` began, about `bytesMax` of them, into its ring. */
export async function warm(store: Store, { ring, epoch }: Live, bytesMax: number): Promise<void> {
  const frames: Frame[] = [];
  const begins = ring.floor;
  let bytes = 0;
  let floor = begins;
  while (bytes < bytesMax && floor > store.firstSeq) {
    const page = await store.read({ before: floor + 1, limit: PAGE_EVENTS_MAX, order: 'desc' });
    for (const event of page) {
      const frame = new Frame(event, epoch);
      frames.push(frame);
      bytes += frame.size;
    }
    // A page that is not full reaches back to the beginning of the log.
    floor = page.length < PAGE_EVENTS_MAX ? store.firstSeq : (page.at(-1)?.seq ?? 1) - 1;
  }
  // Unless so much came in meanwhile that the ring has let go of what would have to follow.
  if (ring.floor === begins) ring.prepend(frames.reverse(), floor);
}
