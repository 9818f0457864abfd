import { NONE, type RowTable } from '../data/row-table.ts';

/** The ordinal of the earliest prompt before `limit`, by its time: a replay may deliver prompts in another order; NONE without one. Pure. */
export function firstPrompt(table: RowTable, limit: number): number {
  let first = NONE;
  for (let at = 0; at < limit; at++) {
    if (table.rowData[at]?.kind !== 'prompt') continue;
    if (first === NONE || table.timeOf(at) < table.timeOf(first)) first = at;
  }
  return first;
}
