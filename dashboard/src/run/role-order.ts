import type { EventType } from '../../../src/event/types.ts';
import type { RowTable } from '../data/row-table.ts';

/** What only an agent that runs writes: directories and prompts may be there long before. */
const OWN_WORK: ReadonlySet<string> = new Set<EventType>([
  'attempt_started',
  'session_started',
  'thinking_block',
  'text_block',
  'tool_use_pre',
]);

interface Seen {
  readonly first: Map<string, number>;
  /** How many events have been looked at. */
  until: number;
}

const seen = new WeakMap<RowTable, Seen>();

/** The ordinal of each role's first event of its own; what a table grows by is read once. */
export function firstWorkOf(table: RowTable): ReadonlyMap<string, number> {
  const known = seen.get(table) ?? { first: new Map<string, number>(), until: 0 };
  seen.set(table, known);
  for (; known.until < table.length; known.until++) {
    const { role, type } = table.rowData[known.until]!;
    if (OWN_WORK.has(type) && !known.first.has(role)) known.first.set(role, known.until);
  }
  return known.first;
}
