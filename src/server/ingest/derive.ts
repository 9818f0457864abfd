import type { EventData, EventType, NewEvent } from '../../event/schema.ts';
import { searchTextOf } from '../../event/search-text.ts';
import type { AppendEvent } from '../store/store.ts';

/** What the store keeps of an event beside its data, worked out from it. */
export type Derived = Pick<AppendEvent, 'role' | 'durationMs' | 'status' | 'text'>;

/** The columns of an event. Pure; the same for the same event, whoever sends it. */
export function derive({ type, data }: NewEvent): Derived {
  return {
    role: textOr(data.agent_role),
    durationMs: durationOf(data),
    status: statusOf(type, data),
    text: searchTextOf(type, data),
  };
}

function durationOf(data: EventData): number | undefined {
  const duration = data.duration_ms;
  return typeof duration === 'number' && Number.isFinite(duration) && duration >= 0 ? duration : undefined;
}

/** How an event of a type ended; types that are missing here have no outcome. */
const OUTCOMES: Partial<Record<EventType, (data: EventData) => Derived['status']>> = {
  tool_use_post: data => (data.success === false || data.status === 'error' ? 'error' : 'ok'),
  session_ended: data => (data.is_error === true ? 'error' : 'ok'),
  status_update: data => (data.status === 'failed' ? 'error' : data.status === 'completed' ? 'ok' : ''),
  adw_status: data => (data.status === 'failed' ? 'error' : data.status === 'completed' ? 'ok' : ''),
  agent_log: data => levelOutcome(data.level),
  workflow_log: data => levelOutcome(data.level),
  system_log: data => levelOutcome(data.level),
  stage_transition: data => (data.to_stage === 'errored' ? 'error' : ''),
  malformed_line: () => 'error',
};

function statusOf(type: EventType, data: EventData): Derived['status'] {
  return OUTCOMES[type]?.(data) ?? '';
}

function levelOutcome(level: unknown): Derived['status'] {
  if (level === 'ERROR') return 'error';
  return level === 'SUCCESS' ? 'ok' : '';
}

/** Characters of a role that it is found by. Prevents a dictionary of names without end: each is kept in memory. */
const ROLE_CHARS_MAX = 256;

function textOr(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  // A store keeps UTF-8 that ends at NUL: what it would change, and what nobody can ask for, is changed here.
  return Buffer.from(value.slice(0, ROLE_CHARS_MAX)).toString().replaceAll('\0', '\ufffd');
}
