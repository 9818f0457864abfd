import { type EventType, isDatedByOnlooker } from '../../../src/event/types.ts';
import type { RowTable } from '../data/row-table.ts';

/** Events with the time of a file, which a copy sets anew, or of a database that is read beside the lines: they move no clock. */
const BESIDE: ReadonlySet<string> = new Set<EventType>([
  'agent_created',
  'workflow_phase_transition',
  'stage_transition',
  'agent_updated',
  'agent_summary_update',
  'phase_update',
  'gate_result',
  'artifact',
  'spec_created',
  'screenshot_available',
]);

/** How times are known that were neither seen nor written. */
const GUESSES: ReadonlySet<string | undefined> = new Set(['estimated', 'unknown']);

/** Whether the time of an event says nothing of when something happened beside it. */
export function isBeside(type: string): boolean {
  return BESIDE.has(type) || isDatedByOnlooker(type);
}

/** Whether the time of an event was worked out. */
export function isGuess(table: RowTable, at: number): boolean {
  return GUESSES.has(table.rowData[at]?.timing);
}

/** Where each event of a table lies on an axis of time. */
export class EventTimes {
  /** ms since the Unix epoch, by ordinal; none is before the one before it. */
  readonly ms: number[] = [];
  #reached = Number.NEGATIVE_INFINITY;

  /**
   * Takes in what the table has grown by. Its order rules, a clock that jumps back does not. Times that are worked out or beside move no
   * clock: prompts of all roles stand in front of a log that was caught up with, and what is known then pulls them back.
   */
  extend(table: RowTable): void {
    const { ms } = this;
    for (let at = ms.length; at < table.length; at++) {
      const before = ms[at - 1] ?? 0;
      const { t: time, type } = table.rowData[at]!;
      if (Number.isNaN(time) || (isDatedByOnlooker(type) && at > 0)) {
        ms.push(before);
      } else if (BESIDE.has(type) || isGuess(table, at)) {
        ms.push(at === 0 ? time : Math.max(before, time));
      } else {
        this.#reached = Math.max(this.#reached, time);
        // What was thought to be later, and stands before it.
        for (let back = at - 1; back >= 0 && ms[back]! > this.#reached; back--) ms[back] = this.#reached;
        ms.push(this.#reached);
      }
    }
  }
}
