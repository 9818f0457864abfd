import { agoMs } from '../../base/clock.ts';

/** Least and longest time between sweeps over everything, ms; in between it is the time that makes sweeps cost a three-thousandth, garbage not counted. */
const SWEEP_MS = 5_000;
const SWEEP_MS_MAX = 30_000;
const SWEEP_SHARE = 3_000;
/** Where nothing was written for long, sweeps are this part of that time apart: hundreds of finished ADWs rest. */
const SWEEP_IDLE_SHARE = 0.1;
/** Part of that time by which a sweep may come earlier: sweeps of hundreds of ADWs that began together must not fall together for ever. */
const SWEEP_JITTER = 0.3;

/** When to look at everything, also at what no event spoke of. */
export class ScanSchedule {
  #sweptAt = 0;
  #restMs = SWEEP_MS;

  /** Until the next sweep, ms; 0 or less when it is due. */
  dueIn(now: number): number {
    return this.#restMs - agoMs(this.#sweptAt, now);
  }

  /**
   * A sweep was made.
   * @param now when it began, ms
   * @param tookMs how long it took
   * @param writtenAt when anything was last written to, ms
   */
  swept(now: number, { tookMs, writtenAt }: { tookMs: number; writtenAt: number }): void {
    this.#sweptAt = now;
    const restMs = Math.max(SWEEP_MS, SWEEP_SHARE * tookMs, SWEEP_IDLE_SHARE * (now - writtenAt));
    this.#restMs = (1 - SWEEP_JITTER * Math.random()) * Math.min(SWEEP_MS_MAX, restMs);
  }
}
