/** How long a stopping watch waits for what was written last to be complete, ms. */
const SETTLE_MS = 1_500;
/** How long it goes on with what lies there already, ms: as long as what was read may still be delivered. */
const READ_MS_MAX = 5_000;

/** The last reading of a watch that is to stop. */
export class LastReading {
  #settledAt = Number.POSITIVE_INFINITY;
  #endsAt = Number.POSITIVE_INFINITY;

  /** Whether it has begun. */
  get hasBegun(): boolean {
    return this.#endsAt !== Number.POSITIVE_INFINITY;
  }

  /** Begins, ms since the epoch. @param isLeft whether everything is left as it lies */
  begin(now: number, isLeft: boolean): void {
    this.#settledAt = isLeft ? now : now + SETTLE_MS;
    this.#endsAt = isLeft ? now : now + READ_MS_MAX;
  }

  /**
   * Whether no more is read, ms since the epoch.
   * @param isAllRead whether all that was found is: on a busy machine that may take longer than it takes to settle
   */
  isOver(now: number, isAllRead: boolean): boolean {
    return now >= (isAllRead ? this.#settledAt : this.#endsAt);
  }
}
