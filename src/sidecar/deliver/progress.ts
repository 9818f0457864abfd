import { agoMs } from '../../base/clock.ts';

/** How often a watch tells how it stands, ms. */
const HEALTH_MS = 10_000;
/** How often progress is told while there is some, and while nothing happens, ms. */
const PROGRESS_MS = 500;
const PROGRESS_IDLE_MS = 2_000;

/** When to tell a view, a command or a program how a sidecar stands. */
export class ProgressSchedule {
  #isBusy = false;
  #isCaughtUp = false;
  #healthToldAt = Date.now();
  #progressToldAt = 0;

  /** Whether all that was there at the start has once been read and acknowledged. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Something was read or acknowledged. */
  moved(): void {
    this.#isBusy = true;
  }

  /** Whether the health of a watch is to be told now. */
  isHealthDue(now: number): boolean {
    if (agoMs(this.#healthToldAt, now) < HEALTH_MS) return false;
    this.#healthToldAt = now;
    return true;
  }

  /**
   * Whether progress is to be told now.
   * @param isAllDone whether all that is there has been read and acknowledged: told at once for the first time
   */
  isProgressDue(now: number, { isOpen, isAllDone }: { isOpen: boolean; isAllDone: boolean }): boolean {
    const hasJustCaughtUp = !this.#isCaughtUp && isAllDone;
    this.#isCaughtUp ||= isAllDone;
    const everyMs = this.#isBusy || !isOpen ? PROGRESS_MS : PROGRESS_IDLE_MS;
    if (!hasJustCaughtUp && agoMs(this.#progressToldAt, now) < everyMs) return false;
    this.#isBusy = false;
    this.#progressToldAt = now;
    return true;
  }
}
