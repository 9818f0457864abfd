import { applyEvent, initialState, summarize } from '../../adw/fold.ts';
import type { NewEvent } from '../../event/schema.ts';

/** An ADW whose roles have all ended counts as over when nothing has come for this long: the next phase may still begin. ms */
const QUIET_MS = 30_000;
/** The same when the workflow itself has said that it is over. ms */
const SAID_QUIET_MS = 2_000;
const STALL_MS = 5 * 60_000;

/** Knows from the events that went by whether the ADW is over. */
export class CompletionDetector {
  readonly #state;
  #seq = 0;

  constructor(adwId: string) {
    this.#state = initialState(adwId);
  }

  /** Takes in events that were delivered. */
  add(events: readonly NewEvent[]): void {
    for (const { type, data } of events) applyEvent(this.#state, { type, data, seq: ++this.#seq });
  }

  /**
   * Whether the ADW is over.
   * @param known its status by our server's log, which also knows what was delivered before; undefined without one
   * @param quietMs how long no file has grown, ms
   */
  isOver(known: string | undefined, { now, quietMs }: { now: number; quietMs: number }): boolean {
    const { workflow } = this.#state;
    const hasSaid = workflow !== null && workflow.status !== 'running';
    if (quietMs < (hasSaid ? SAID_QUIET_MS : QUIET_MS)) return false;
    const status = known ?? summarize(this.#state, now, { stallTimeoutMs: STALL_MS }).status;
    return status === 'completed' || status === 'failed' || status === 'ended_without_result';
  }
}
