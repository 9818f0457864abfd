import { PAGE_EVENTS_MAX } from '../../event/limits.ts';
import { isFullPage, type ReadQuery, type Store } from '../store/store.ts';
import type { CatchUpLimiter } from './catch-up-limiter.ts';
import type { Filter } from './filter.ts';
import { type Frame, framesOf } from './frame.ts';
import type { Live } from './live.ts';

/** Bytes of events that a page aims at: a page is what catching up holds in memory. */
const PAGE_BYTES = 256 * 1024;
/** Characters that end a page of events that are larger than those before them. */
const PAGE_CHARS_MAX = 4 * 1024 * 1024;
const PAGE_EVENTS_FIRST = 64;
const PAGE_EVENTS_MIN = 8;

/** The wanted events of the log after a cursor, and the seq up to which they are all of them. */
export interface Page {
  readonly frames: readonly Frame[];
  readonly to: number;
}

/** Reads the past for one subscription: from the ring where it reaches back far enough, from the store otherwise. */
export class History {
  readonly #store: Store;
  readonly #live: Live;
  readonly #catchUp: CatchUpLimiter;
  #limit = PAGE_EVENTS_FIRST;

  constructor(store: Store, live: Live, catchUp: CatchUpLimiter) {
    this.#store = store;
    this.#live = live;
    this.#catchUp = catchUp;
  }

  /** The next page after `cursor`, never beyond the head. */
  page(cursor: number, filter: Filter): Promise<Page> {
    return this.#catchUp.run(() =>
      cursor >= this.#live.ring.floor ? this.#fromRing(cursor, filter) : this.#fromStore(cursor, filter),
    );
  }

  #fromRing(cursor: number, filter: Filter): Page {
    const frames: Frame[] = [];
    let bytes = 0;
    for (const frame of this.#live.ring.after(cursor)) {
      if (!filter.wants(frame)) continue;
      frames.push(frame);
      bytes += frame.size;
      if (bytes >= PAGE_BYTES) return { frames, to: frame.seq };
    }
    return { frames, to: this.#live.head };
  }

  async #fromStore(cursor: number, filter: Filter): Promise<Page> {
    // The head before the read: what is committed while it runs belongs to the next page.
    const { head, epoch } = this.#live;
    const page = query(filter, { after: cursor, before: head + 1, limit: this.#limit, charsMax: PAGE_CHARS_MAX });
    const events = await this.#store.read(page);
    const to = isFullPage(events, page) ? (events.at(-1)?.seq ?? head) : head;
    const frames = framesOf(
      events.filter(event => filter.wants(event)),
      epoch,
    );
    this.#learn(events.length, frames);
    return { frames, to };
  }

  /** Sizes the next page by what the events of this one weigh. */
  #learn(events: number, frames: readonly Frame[]): void {
    const bytes = frames.reduce((sum, frame) => sum + frame.size, 0);
    const fitting = bytes === 0 ? PAGE_EVENTS_MAX : Math.round((events * PAGE_BYTES) / bytes);
    this.#limit = Math.min(PAGE_EVENTS_MAX, this.#limit * 4, Math.max(PAGE_EVENTS_MIN, fitting));
  }
}

function query({ adwId, isForAll, types }: Filter, page: ReadQuery): ReadQuery {
  return { ...page, ...(isForAll ? {} : { adwId }), ...(types === undefined ? {} : { types: [...types] }) };
}
