/** How long a backlog waits for what is live at most between two pieces, ms: beside agents that never pause it keeps a third of its rate. */
const HOLD_MS_MAX = 20;

/** A loop that asks for turns. */
export interface TurnTaker {
  /** Called when it may be its turn now, and was not when it asked. */
  wake(): void;
}

/**
 * What loops of one process share that each work through a backlog: one of them works at a time, the one that is most urgent
 * first, and what all of them have on its way is bounded. A hundred that took turns would have a hundred backlogs in memory,
 * half done each, and whatever else the process does would wait for a hundred pieces of work. While a loop has something
 * live on its way, no piece is begun: a commit waits in several turns of the event loop, and would wait for a piece in each.
 */
export class Turns {
  readonly #weightMax: number;
  /** By taker, how urgent it is. */
  readonly #waiting = new Map<TurnTaker, number>();
  /** Those that have something live on its way. */
  readonly #live = new Set<TurnTaker>();
  #weight = 0;
  #pieceAt = 0;
  /** Set while a taker waits for what is live: where there is always something, nothing else would wake it. */
  #holding: NodeJS.Timeout | undefined;

  /** @param weightMax what may be on its way when another piece is begun; in the unit of {@link add} */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  /**
   * Whether `taker` may do a piece of work now. It is woken when that may have changed, until it leaves.
   * @param urgency the greatest goes first; among equals, the one that has waited longest
   */
  isTurnOf(taker: TurnTaker, urgency: number): boolean {
    this.#waiting.set(taker, urgency);
    const isTurn = this.#isOpen && this.#first() === taker;
    if (isTurn) this.#pieceAt = performance.now();
    else if (this.#live.size > 0) this.#holding ??= setTimeout(() => this.#endHold(), HOLD_MS_MAX).unref();
    return isTurn;
  }

  /** It has nothing to do, or cannot: the others go on. */
  leave(taker: TurnTaker): void {
    if (this.#waiting.delete(taker)) this.#wakeNext();
  }

  /** Something is on its way, or with a negative weight no longer. */
  add(weight: number): void {
    const wasFull = this.#weight >= this.#weightMax;
    this.#weight += weight;
    if (wasFull) this.#wakeNext();
  }

  /** Whether something live of `taker` is on its way. */
  setLive(taker: TurnTaker, isLive: boolean): void {
    if (isLive) this.#live.add(taker);
    else if (this.#live.delete(taker)) this.#wakeNext();
  }

  /** Whether a piece may be begun. */
  get #isOpen(): boolean {
    if (this.#weight >= this.#weightMax) return false;
    return this.#live.size === 0 || performance.now() - this.#pieceAt >= HOLD_MS_MAX;
  }

  #endHold(): void {
    this.#holding = undefined;
    // It asks again, and waits on where it is still too early.
    this.#first()?.wake();
  }

  #wakeNext(): void {
    if (this.#isOpen) this.#first()?.wake();
  }

  #first(): TurnTaker | undefined {
    let first: TurnTaker | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const [taker, urgency] of this.#waiting) {
      if (urgency <= most) continue;
      [first, most] = [taker, urgency];
    }
    return first;
  }
}
