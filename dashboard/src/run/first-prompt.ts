import { type EventLog, NONE } from '../data/log.ts';

/** The ordinal of the earliest prompt before `limit`, by its time: a replay may deliver prompts in another order; NONE without one. Pure. */
export function firstPrompt(log: EventLog, limit: number): number {
  let first = NONE;
  for (let at = 0; at < limit; at++) {
    if (log.rowData[at]?.kind !== 'prompt') continue;
    if (first === NONE || log.timeOf(at) < log.timeOf(first)) first = at;
  }
  return first;
}
