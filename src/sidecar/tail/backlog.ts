import type { Turns } from '../../base/turns.ts';
import type { ReadLines } from '../flow.ts';

/** Whether an ADW has more to read than a piece: that is read in turns with the others of the process, what has just come is not. */
export class Backlog {
  readonly #turns: Turns | undefined;
  readonly #taker: { wake(): void };
  #isThere = true;

  /**
   * @param turns absent where no other ADW is read in the process
   * @param wake called when it may be this one's turn
   */
  constructor(turns: Turns | undefined, wake: () => void) {
    this.#turns = turns;
    this.#taker = { wake };
  }

  /**
   * Whether the next piece may be read.
   * @param mayRead whether this ADW has room for it; without, the others go on
   * @param writtenAt what was written last, which is what people look at, goes first; ms
   */
  isTurn(mayRead: boolean, writtenAt: () => number): boolean {
    if (!mayRead) {
      this.pause();
      return false;
    }
    return !this.#turns || !this.#isThere || this.#turns.isTurnOf(this.#taker, writtenAt());
  }

  /** A piece was read, or none was there. */
  took(read: ReadLines | 'busy' | undefined): void {
    this.#isThere = read === 'busy' || (read !== undefined && (this.#isThere || !read.atEnd));
    if (!this.#isThere) this.pause();
  }

  /** Nothing is read for now: the others go on. */
  pause(): void {
    this.#turns?.leave(this.#taker);
  }
}
