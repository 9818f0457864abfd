import { agoMs } from '../../base/clock.ts';

/** How often a watch tells how it stands, ms. */
const HEALTH_MS = 10_000;
/** How often progress is told while there is some, and while nothing happens, ms. */
const PROGRESS_MS = 500;
const PROGRESS_IDLE_MS = 2_000;

/** What {@link ProgressReporter} calls. */
export interface ProgressListeners {
  /** Called every {@link HEALTH_MS}. */
  readonly onHealth?: (() => void) | undefined;
  /** @param isCaughtUp whether all that was there at the start has once been read and acknowledged */
  readonly onProgress: (isCaughtUp: boolean) => void;
  /** Called once, when that is so for the first time. */
  readonly onCaughtUp?: (() => void) | undefined;
}

/** Tells a view, a command or a program how a sidecar stands, when there is something to tell. */
export class ProgressReporter {
  readonly #listeners: ProgressListeners;
  #isBusy = false;
  #isCaughtUp = false;
  #isCaughtUpTold = false;
  #healthToldAt = Date.now();
  #progressToldAt = 0;

  constructor(listeners: ProgressListeners) {
    this.#listeners = listeners;
  }

  /** Something was read or acknowledged. */
  moved(): void {
    this.#isBusy = true;
  }

  /**
   * Tells what is due.
   * @param isAllDone whether all that is there has been read and acknowledged: told at once for the first time
   */
  tell(now: number, { isOpen, isAllDone }: { isOpen: boolean; isAllDone: boolean }): void {
    if (agoMs(this.#healthToldAt, now) >= HEALTH_MS) {
      this.#healthToldAt = now;
      this.#listeners.onHealth?.();
    }
    const isDue = this.#isProgressDue(now, { isOpen, isAllDone });

    if (isDue) this.#listeners.onProgress(this.#isCaughtUp);
  }

  /** Tells that all has been read and acknowledged, unless that was told before. */
  caughtUp(): void {
    if (!this.#isCaughtUpTold) this.#listeners.onCaughtUp?.();
    this.#isCaughtUpTold = true;
  }

  #isProgressDue(now: number, { isOpen, isAllDone }: { isOpen: boolean; isAllDone: boolean }): boolean {
    const hasJustCaughtUp = !this.#isCaughtUp && isAllDone;
    this.#isCaughtUp ||= isAllDone;
    const everyMs = this.#isBusy || !isOpen ? PROGRESS_MS : PROGRESS_IDLE_MS;
    if (!hasJustCaughtUp && agoMs(this.#progressToldAt, now) < everyMs) return false;
    this.#isBusy = false;
    this.#progressToldAt = now;
    return true;
  }
}
