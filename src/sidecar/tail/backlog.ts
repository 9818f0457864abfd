import type { BacklogScheduler } from '../../base/backlog-scheduler.ts';
import type { ReadLines } from '../flow.ts';

/** What {@link Backlog} takes. */
export interface BacklogOptions {
  /** Absent where no other ADW is read in the process. */
  readonly backlogScheduler: BacklogScheduler | undefined;
  /** Called when a piece of this backlog may be read. */
  readonly wake: () => void;
}

/**
 * Whether an ADW has more to read than a piece: that is read when the scheduler of the process lets it be. What has just come is
 * read at once, and until it is in the log the others' backlogs wait.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  #isThere = true;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /**
   * Whether the next piece may be read.
   * @param state.canRead whether this ADW has room for it; without, the others go on
   * @param state.isDelivered whether all that was read is in the log
   * @param writtenAt what was written last, which is what people look at, goes first; ms
   */
  mayReadNext(state: { canRead: boolean; isDelivered: boolean }, writtenAt: () => number): boolean {
    const { backlogScheduler: scheduler } = this.#options;
    if (state.isDelivered) scheduler?.setLive(this.#options, false);
    if (!state.canRead) {
      this.#leave();
      return false;
    }
    return !scheduler || !this.#isThere || scheduler.mayRun(this.#options, writtenAt());
  }

  /** A piece was read, or none was there. */
  took(read: ReadLines | 'busy' | undefined): void {
    const wasThere = this.#isThere;
    this.#isThere = read === 'busy' || (read !== undefined && (wasThere || !read.atEnd));
    if (!this.#isThere) this.#leave();
    if (read !== undefined) this.#options.backlogScheduler?.setLive(this.#options, !wasThere && !this.#isThere);
  }

  /** Nothing is read any more: the others go on. */
  close(): void {
    this.#options.backlogScheduler?.setLive(this.#options, false);
    this.#leave();
  }

  #leave(): void {
    this.#options.backlogScheduler?.leave(this.#options);
  }
}
