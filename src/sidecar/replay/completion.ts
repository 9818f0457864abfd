import { applyEvent, initialState } from '../../adw/fold.ts';
import { judge } from '../../adw/judgement.ts';
import { isEnded } from '../../adw/run-state.ts';
import { DEFAULT_LIMITS, type JudgementLimits } from '../../adw/silence.ts';
import { agoMs } from '../../base/clock.ts';
import type { RunState } from '../../event/run-state.ts';
import type { NewEvent } from '../../event/schema.ts';

/** No file has grown for this long: what was written last is in the log, and the run may be judged. ms */
const QUIET_MS = 2_000;
/** ms between two questions. */
const ASK_MS = 1_000;

/** Knows from the events that went by whether the ADW is over, where no server of ours can be asked. */
export class CompletionDetector {
  readonly #state;
  readonly #limits: JudgementLimits;
  #askedAt = 0;

  constructor(adwId: string, limits: JudgementLimits = DEFAULT_LIMITS) {
    this.#state = initialState(adwId);
    this.#limits = limits;
  }

  /** Takes in events of the ADW, each once. */
  add(events: readonly NewEvent[]): void {
    for (const { type, data } of events) applyEvent(this.#state, { type, data, seq: this.#state.lastSeq + 1 });
  }

  /** Whether files have been quiet for long enough to ask for a judgement, and nothing asked for one a moment ago. ms */
  isToBeAsked(quietMs: number, nowMs: number): boolean {
    if (quietMs < QUIET_MS || agoMs(this.#askedAt, nowMs) < ASK_MS) return false;
    this.#askedAt = nowMs;
    return true;
  }

  /**
   * Whether the ADW is over.
   * @param known its state by our server, which has also been told what no file says; undefined without one
   */
  isOver(known: RunState | undefined, nowMs: number): boolean {
    return isEnded(known ?? judge(this.#state, { nowMs, ...this.#limits }).state);
  }
}
