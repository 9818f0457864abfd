import { setImmediate as afterInput } from 'node:timers/promises';

/** Pages that may be read at once. More would not be faster with one disk, and each holds memory. */
const READERS_MAX = 4;
/** ms that catching up may hold the event loop before sockets and publishers are served. */
const HOLD_MS_MAX = 5;

/** Lets thousands of subscribers catch up at once without delaying those that are live. */
export class CatchUpLimiter {
  #free = READERS_MAX;
  #until = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs `work` as soon as fewer than {@link READERS_MAX} run, first come, first served. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>(resolve => this.#waiting.push(resolve));
    else this.#free--;
    try {
      if (performance.now() >= this.#until) {
        await afterInput();
        this.#until = performance.now() + HOLD_MS_MAX;
      }
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
