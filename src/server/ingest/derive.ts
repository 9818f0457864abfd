import type { EventData, EventType, NewEvent } from '../../event/schema.ts';
import type { AppendEvent } from '../store/store.ts';
import { SEARCH_TEXT_CHARS_MAX } from './limits.ts';

/** What the store keeps of an event beside its data, worked out from it. */
export type Derived = Pick<AppendEvent, 'role' | 'durationMs' | 'status' | 'text'>;

/** The columns of an event. Pure; the same for the same event, whoever sends it. */
export function derive({ type, data }: NewEvent): Derived {
  return {
    role: textOr(data.agent_role),
    durationMs: durationOf(data),
    status: statusOf(type, data),
    text: type === 'agent_output_chunk' ? '' : searchTextOf(data),
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

/** The fields that hold what a person would look for, the most telling first: the text is cut at its end. */
const SEARCHED = [
  'tool_name',
  'file_path',
  'screenshot_path',
  'spec_path',
  'path',
  'message',
  'summary',
  'content',
  'error',
  'result',
  'tool_input',
  'input',
  'tool_output',
  'output',
  'diff',
  'preview',
  'why',
  'items',
  'model',
  'agent_role',
] as const;

/** Both names of one value: the reference's two servers call it differently, and we send both. */
const SAME_AS: Readonly<Record<string, string>> = { input: 'tool_input', output: 'tool_output' };

function searchTextOf(data: EventData): string {
  let text = '';
  for (const field of SEARCHED) {
    if (text.length >= SEARCH_TEXT_CHARS_MAX) break;
    const twin = SAME_AS[field];
    if (twin !== undefined && data[twin] !== undefined) continue;
    const words = wordsOf(data[field], SEARCH_TEXT_CHARS_MAX - text.length);
    if (words !== '') text += text === '' ? words : `\n${words}`;
  }
  return text;
}

/** The strings and numbers inside a value, joined; keys of objects are not looked for. */
function wordsOf(value: unknown, charsMax: number): string {
  if (typeof value === 'string') return value.slice(0, charsMax);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null || charsMax <= 0) return '';
  let text = '';
  for (const inner of Object.values(value)) {
    if (text.length >= charsMax) break;
    const words = wordsOf(inner, charsMax - text.length);
    if (words !== '') text += text === '' ? words : ` ${words}`;
  }
  return text;
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
