import type { EventLog } from '../data/log.ts';

/** What only an agent that runs writes: directories and prompts may be there long before. */
const OWN_WORK: ReadonlySet<string> = new Set([
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

const seen = new WeakMap<EventLog, Seen>();

/** The ordinal of each role's first event of its own; what a log grows by is looked at once. */
export function firstWorkOf(log: EventLog): ReadonlyMap<string, number> {
  const known = seen.get(log) ?? { first: new Map<string, number>(), until: 0 };
  seen.set(log, known);
  for (; known.until < log.length; known.until++) {
    const { role, type } = log.rowData[known.until]!;
    if (OWN_WORK.has(type) && !known.first.has(role)) known.first.set(role, known.until);
  }
  return known.first;
}
