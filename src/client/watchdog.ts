import type { Quality } from './events.ts';

/** When a connection is asked whether it lives, and when it counts as dead. All ms. */
export interface WatchdogLimits {
  /** Between pings. */
  readonly pingMs: number;
  /** An unanswered ping is death after this. */
  readonly answerMsMax: number;
  /** Silence is death after this: two heartbeats of the server. */
  readonly silenceMsMax: number;
  /** Between two checks; see {@link Watchdog.tick}. */
  readonly tickMs: number;
}

/** Round trips up to which the quality is good, and fair. ms. */
const GOOD_MS_MAX = 150;
const FAIR_MS_MAX = 600;
/** A ping that has waited this long makes the quality poor. ms. */
const SLOW_ANSWER_MS = 3_000;
/** A tick that comes later than this many intervals means that the process or the machine slept. */
const LATE_TICKS = 4;

/**
 * Finds out that a connection is dead although neither side closed it (a pulled cable, a suspended laptop, a stuck proxy).
 * Pure: it is given the time. All deadlines are checked in `tick` only, so that a process that was suspended does not
 * take its own absence for the server's: a late tick forgives, and asks anew.
 */
export class Watchdog {
  readonly #limits: WatchdogLimits;
  /** Whether the connection can be asked at all; SSE cannot. */
  readonly #canPing: boolean;
  #trafficMs: number;
  #tickMs: number;
  #pingedMs: number;
  #awaitingMs: number | null = null;
  #latencyMs: number | null = null;

  constructor(limits: WatchdogLimits, { nowMs, canPing }: { readonly nowMs: number; readonly canPing: boolean }) {
    this.#limits = limits;
    this.#canPing = canPing;
    this.#trafficMs = nowMs;
    this.#tickMs = nowMs;
    // The first ping is due at once: it is also the first measure of the round trip.
    this.#pingedMs = nowMs - limits.pingMs;
  }

  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  /** Something came in. */
  traffic(nowMs: number): void {
    this.#trafficMs = nowMs;
  }

  /** The answer to the ping of `timestamp` came in. */
  pong(timestamp: unknown, nowMs: number): void {
    if (timestamp !== this.#awaitingMs || this.#awaitingMs === null) return;
    this.#latencyMs = Math.max(0, nowMs - this.#awaitingMs);
    this.#awaitingMs = null;
  }

  /** To be called every `tickMs`, and with `probe` when there is reason to doubt (the network came back, the tab is shown). */
  tick(nowMs: number, probe = false): 'quiet' | 'ping' | 'dead' {
    const { tickMs, pingMs, answerMsMax, silenceMsMax } = this.#limits;
    const slept = nowMs - this.#tickMs > tickMs * LATE_TICKS || nowMs < this.#tickMs;
    this.#tickMs = nowMs;
    if (slept) this.#trafficMs = nowMs;
    if (slept || probe) return this.#ping(nowMs);
    if (this.#awaitingMs !== null && nowMs - this.#awaitingMs > answerMsMax) return 'dead';
    if (nowMs - this.#trafficMs > silenceMsMax) return 'dead';
    return nowMs - this.#pingedMs >= pingMs && this.#awaitingMs === null ? this.#ping(nowMs) : 'quiet';
  }

  quality(nowMs: number): Quality {
    const waiting = this.#awaitingMs === null ? 0 : nowMs - this.#awaitingMs;
    if (waiting > SLOW_ANSWER_MS || nowMs - this.#trafficMs > this.#limits.silenceMsMax / 2 + SLOW_ANSWER_MS)
      return 'poor';
    if (this.#latencyMs === null || this.#latencyMs <= GOOD_MS_MAX) return 'good';
    return this.#latencyMs <= FAIR_MS_MAX ? 'fair' : 'poor';
  }

  #ping(nowMs: number): 'quiet' | 'ping' {
    if (!this.#canPing) return 'quiet';
    this.#pingedMs = nowMs;
    this.#awaitingMs = nowMs;
    return 'ping';
  }
}
