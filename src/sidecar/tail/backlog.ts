import type { Turns } from '../../base/turns.ts';
import type { ReadLines } from '../flow.ts';

/** What {@link Backlog} takes. */
export interface BacklogOptions {
  /** Absent where no other ADW is read in the process. */
  readonly turns: Turns | undefined;
  /** Called when it may be this one's turn. */
  readonly wake: () => void;
  /** Whether all that was read is in the log. */
  readonly isDelivered: () => boolean;
}

/**
 * Whether an ADW has more to read than a piece: that is read in turns with the others of the process. What has just come is
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
   * @param mayRead whether this ADW has room for it; without, the others go on
   * @param writtenAt what was written last, which is what people look at, goes first; ms
   */
  isTurn(mayRead: boolean, writtenAt: () => number): boolean {
    const { turns, isDelivered } = this.#options;
    if (isDelivered()) turns?.setLive(this.#options, false);
    if (!mayRead) {
      this.#leave();
      return false;
    }
    return !turns || !this.#isThere || turns.isTurnOf(this.#options, writtenAt());
  }

  /** A piece was read, or none was there. */
  took(read: ReadLines | 'busy' | undefined): void {
    const wasThere = this.#isThere;
    this.#isThere = read === 'busy' || (read !== undefined && (wasThere || !read.atEnd));
    if (!this.#isThere) this.#leave();
    if (read !== undefined) this.#options.turns?.setLive(this.#options, !wasThere && !this.#isThere);
  }

  /** Nothing is read any more: the others go on. */
  close(): void {
    this.#options.turns?.setLive(this.#options, false);
    this.#leave();
  }

  #leave(): void {
    this.#options.turns?.leave(this.#options);
  }
}
