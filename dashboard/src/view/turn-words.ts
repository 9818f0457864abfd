import type { EventType } from '../../../src/event/types.ts';
import { NONE, type RowTable } from '../data/row-table.ts';
import { toolLabel } from '../run/tools.ts';
import type { Turn } from '../run/turns.ts';

const SAYING: ReadonlySet<string> = new Set<EventType>(['tool_use_pre', 'text_block', 'thinking_block']);
/** Events between what a turn said and its usage. */
const TURN_EVENTS_MAX = 50;

/** The row that a turn is known by: the last that its agent wrote before its usage was told; NONE where there is none. */
export function rowOfTurn(current: RowTable, { seq, role, parent }: Turn): number {
  const end = current.lowerBound(seq);
  for (let at = Math.min(end, current.length - 1); at >= Math.max(0, end - TURN_EVENTS_MAX); at--) {
    const row = current.rowData[at]!;
    if (row.role === role && (row.parent ?? '') === parent && SAYING.has(row.type)) return at;
  }
  return NONE;
}

/** A row in words, as the timeline has it. */
export function rowWords(current: RowTable, at: number): string {
  const { tool, summary = '' } = current.rowData[at] ?? {};
  return [current.isCall(at) ? toolLabel(tool ?? '') : '', current.withinRoot(summary)].join(' ').trim();
}
