import type { EventType } from '../event/types.ts';
import { eventWords } from './event-words.ts';

/** A log entry that says what the reference's screen would not show otherwise. */
export interface BoardWords {
  readonly message: string;
  readonly level: 'INFO' | 'WARNING';
}

type Data = Readonly<Record<string, unknown>>;

/** Types that the reference's screen does not show, and what they say there. */
const WORDS: Partial<Record<EventType, (data: Data, role: string) => string | undefined>> = {
  attempt_started: ({ attempt, reason, lost_bytes: lost }, role) => {
    const unread = typeof lost === 'number' && lost > 0 ? `, ${lost} bytes before it were never read` : '';
    return `${role}: attempt ${String(attempt)} started (${String(reason)}${unread})`;
  },
  todo_update: ({ items }, role) => {
    const list = Array.isArray(items) ? (items as ({ content?: unknown; state?: unknown } | null)[]) : [];
    const done = list.filter(item => item?.state === 'completed').length;
    const current = list.find(item => item?.state === 'in_progress')?.content;
    return `${role}: todos ${done}/${list.length}${typeof current === 'string' ? ` · ${current}` : ''}`;
  },
  malformed_line: ({ reason, preview }, role) =>
    `${role}: a line could not be read (${String(reason)}): ${String(preview)}`,
  workflow_phase_transition: ({ phase_from: from, phase_to: to, event_type: step }) => {
    // A step of an orchestrator, which comes with a log entry of its own.
    if (step !== undefined) return undefined;
    return `Phase: ${typeof from === 'string' && from !== '' ? `${from} → ` : ''}${String(to)}`;
  },
  // Its stages are fixed: phases of a run's own move no card.
  phase_update: data => `Phase: ${eventWords('phase_update', data)}`,
  gate_result: data => `Gate: ${eventWords('gate_result', data)}`,
};

/** Types that {@link boardWords} has words for. */
export const WORDED_TYPES = Object.keys(WORDS) as readonly EventType[];

/**
 * What the reference's screen, which shows log entries, is told of an event that only our own page shows: todos, attempts,
 * lines that could not be read, phases. Total for data of any shape.
 * @returns undefined for types that its screen shows, or that are not for it
 */
export function boardWords(type: EventType, data: Data): BoardWords | undefined {
  const role = typeof data.agent_role === 'string' ? data.agent_role : 'agent';
  const message = WORDS[type]?.(data, role);
  return message === undefined ? undefined : { message, level: type === 'malformed_line' ? 'WARNING' : 'INFO' };
}
