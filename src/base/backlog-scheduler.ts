/** How long a backlog waits for what is live at most between two pieces, ms: beside agents that never pause it keeps a third of its rate. */
const HOLD_MS_MAX = 20;

/** A loop that works through a backlog, a piece at a time. */
export interface BacklogLoop {
  /** Called when it may do a piece now, and might not when it asked. */
  wake(): void;
}

/**
 * Shared by the loops of one process that each work through a backlog: one of them works at a time, the one of the highest
 * priority first, and what all of them have on its way is bounded. A hundred that took turns would have a hundred backlogs in memory,
 * half done each, and whatever else the process does would wait for a hundred pieces of work. While a loop has something
 * live on its way, no piece is begun: a commit waits in several turns of the event loop, and would wait for a piece in each.
 */
export class BacklogScheduler {
  readonly #weightMax: number;
  /** By loop, its priority. */
  readonly #waiting = new Map<BacklogLoop, number>();
  /** The loops that have something live on its way. */
  readonly #live = new Set<BacklogLoop>();
  #weight = 0;
  #pieceAt = 0;
  /** Set while a loop waits for what is live: where there is always something, nothing else would wake it. */
  #holding: NodeJS.Timeout | undefined;

  /** @param weightMax what may be on its way when another piece is begun; in the unit of {@link add} */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  /**
   * Whether `loop` may do a piece of work now. It is woken when that may have changed, until it leaves.
   * @param priority the greatest goes first; among equals, the one that has waited longest
   */
  mayRun(loop: BacklogLoop, priority: number): boolean {
    this.#waiting.set(loop, priority);
    const mayRun = this.#isOpen && this.#first() === loop;
    if (mayRun) this.#pieceAt = performance.now();
    else if (this.#live.size > 0) this.#holding ??= setTimeout(() => this.#endHold(), HOLD_MS_MAX).unref();
    return mayRun;
  }

  /** `loop` has nothing to do, or cannot: the others go on. */
  leave(loop: BacklogLoop): void {
    if (this.#waiting.delete(loop)) this.#wakeNext();
  }

  /** Something is on its way, or with a negative weight no longer. */
  add(weight: number): void {
    const wasFull = this.#weight >= this.#weightMax;
    this.#weight += weight;
    if (wasFull) this.#wakeNext();
  }

  /** Whether something live of `loop` is on its way. */
  setLive(loop: BacklogLoop, isLive: boolean): void {
    if (isLive) this.#live.add(loop);
    else if (this.#live.delete(loop)) this.#wakeNext();
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

  #first(): BacklogLoop | undefined {
    let first: BacklogLoop | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    for (const [loop, priority] of this.#waiting) {
      if (priority <= highest) continue;
      [first, highest] = [loop, priority];
    }
    return first;
  }
}
