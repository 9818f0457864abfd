import type { Clock } from '../../base/clock.ts';

/** What to do with a message: take it, refuse it and say so, refuse it in silence, or give the client up. */
export type Verdict = 'take' | 'refuse' | 'ignore' | 'close';

/** How many messages one client may send. */
export interface MessageRateOptions {
  readonly perSecond: number;
  /** Messages at once; a client that has as many refused in a row is closed. */
  readonly burst: number;
}

/** A token bucket for the messages of one client. A client that floods is told once a second, and closed if it goes on. */
export class MessageRate {
  readonly #clock: Clock;
  readonly #options: MessageRateOptions;
  #tokens: number;
  #filledAt: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #refused = 0;

  constructor(clock: Clock, options: MessageRateOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAt = clock.now();
  }

  take(): Verdict {
    const { perSecond, burst } = this.#options;
    const now = this.#clock.now();
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    // Counted from zero again only with a full bucket: a client that floods at a steady rate does get some through.
    if (this.#tokens >= burst - 1) this.#refused = 0;
    if (this.#tokens >= 1) {
      this.#tokens--;
      return 'take';
    }
    this.#refused++;
    if (this.#refused > burst) return 'close';
    if (now - this.#toldAt < 1000) return 'ignore';
    this.#toldAt = now;
    return 'refuse';
  }
}
