import { eventRowOf, type Outcome } from './types.ts';

type Data = Readonly<Record<string, unknown>>;

/** What a store keeps of an event beside its data, worked out from it. */
export interface EventColumns {
  /** The agent that it is about, or undefined. */
  readonly role: string | undefined;
  /** How long what it tells of took, ms, or undefined. */
  readonly durationMs: number | undefined;
  readonly status: Outcome;
}

/** The columns of an event: the same in the log, in the page and on the terminal. Total for any type and data. */
export function columnsOf(type: string, data: Data): EventColumns {
  const row = eventRowOf(type);
  const { agent_role, duration_ms } = data;
  return {
    role: typeof agent_role === 'string' && agent_role !== '' ? nameOf(agent_role) : undefined,
    durationMs:
      row.timed && typeof duration_ms === 'number' && duration_ms >= 0 && Number.isFinite(duration_ms)
        ? duration_ms
        : undefined,
    status: row.outcome?.(data) ?? '',
  };
}

/** Characters of a role that it is found by. Prevents a dictionary of names without end: each is kept in memory. */
const ROLE_CHARS_MAX = 256;

/** A store keeps UTF-8 that ends at NUL: what it would change, so that it would not be found again, is changed here. */
function nameOf(role: string): string {
  return role.slice(0, ROLE_CHARS_MAX).replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}
