import { columnsOf } from '../event/columns.ts';
import { type ToolKind, toolKindOf } from '../event/tool-kind.ts';
import { type EventType, eventRowOf, type Group } from '../event/types.ts';
import { changedLines } from './changed-lines.ts';
import { eventWords } from './event-words.ts';
import { cutLine, stripControl } from './format.ts';
import { plainProse } from './prose.ts';
import { fileOf, inputOf } from './tool-data.ts';

/** Characters of a row's line. */
const LINE_CHARS_MAX = 200;

/** What a list of events keeps of one: enough for a row, a filter, a lane; bodies are read when they are asked for. */
export interface Row {
  readonly seq: number;
  readonly type: string;
  /** ms since the Unix epoch; NaN where nothing says when. */
  readonly t: number;
  /** Empty where it is of none. */
  readonly role: string;
  /** ms; NaN where there is none. */
  readonly duration: number;
  /** `ok`, `error`, or empty where the type has no outcome. */
  readonly status: string;
  readonly id: string;
  readonly group: Group;
  /** One line, cut. */
  readonly summary: string;
  readonly tool: string | undefined;
  /** What the tool does, of a call and of its result. */
  readonly toolKind: ToolKind | undefined;
  readonly useId: string | undefined;
  /** `tool_use_id` of the sub-agent's call that the event belongs to. */
  readonly parent: string | undefined;
  readonly attempt: number;
  readonly phase: string | undefined;
  readonly session: string | undefined;
  readonly path: string | undefined;
  readonly added: number | undefined;
  readonly removed: number | undefined;
  /** `estimated` and `unknown` times are shown as such. */
  readonly timing: string | undefined;
  /** `INFO`, `WARNING`, `ERROR` for log entries. */
  readonly level: string | undefined;
  /** What it is, where its type does not say it: the prompt that an agent was given. */
  readonly kind: 'prompt' | undefined;
  /** What kept the sidecar from seeing. */
  readonly diagnostic: Diagnostic | undefined;
  /** File and line it comes from: `path:line`. */
  readonly place: string | undefined;
  /** The directory that a session that begins works in. */
  readonly root: string | undefined;
}

/** What a sidecar tells of itself: a file that it may not read, or that no file system events come. */
export type Diagnostic = 'file_unreadable' | 'polling';

/** An event as a row is made of it: the type may be one that this build does not know. */
export interface RowEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/**
 * Reduces an event to its row, which may keep parts of the event alive. The server makes the rows of the past, the page those of what
 * comes live: by the same function, so that a row is the same after a reload. Total: for unknown types and odd fields it says so.
 */
export function rowOf({ type, seq, data }: RowEvent): Row {
  const source = data.source as { path?: unknown; line?: unknown } | undefined;
  const level = text(data.level)?.toUpperCase();
  const { group, outcome } = eventRowOf(type);
  const { role = '', durationMs = Number.NaN, status } = columnsOf(type, data);
  const isLoud = group === 'hook' && (level === 'WARNING' || outcome?.(data) === 'error');
  const kind = type === 'agent_log' && data.event_type === 'prompt' ? 'prompt' : undefined;
  const input = type === 'tool_use_pre' ? inputOf(data) : {};
  return {
    seq,
    type,
    t: typeof data.timestamp === 'string' ? Date.parse(data.timestamp) : Number.NaN,
    role,
    duration: durationMs,
    status,
    id: text(data.event_id) ?? String(seq),
    // What an agent was asked for is the first thing that it was told.
    group: isLoud ? 'result' : kind === 'prompt' ? 'text' : group,
    summary: PROSE.has(type) ? proseLine(eventWords(type, data)) : safeLine(eventWords(type, data)),
    tool: text(data.tool_name),
    toolKind: toolKindOf(data),
    useId: text(data.tool_use_id),
    parent: text(data.parent_tool_use_id),
    attempt: number(data.attempt) ?? 0,
    phase: text(data.phase),
    session: text(data.session_id),
    path: text(data.file_path) ?? text(data.screenshot_path) ?? text(data.spec_path) ?? fileOf(input),
    ...changedLines(data),
    timing: text(data.timing),
    level,
    kind,
    diagnostic:
      type === 'agent_log' && (data.event_type === 'file_unreadable' || data.event_type === 'polling')
        ? data.event_type
        : undefined,
    place:
      typeof source?.path === 'string' ? `${source.path}${source.line ? `:${String(source.line)}` : ''}` : undefined,
    root: type === 'session_started' && typeof data.cwd === 'string' ? data.cwd : undefined,
  };
}

/** Types whose words are an agent's prose. */
const PROSE: ReadonlySet<string> = new Set<EventType>([
  'text_block',
  'thinking_block',
  'session_ended',
  'chat_message',
]);

/** The number of a character that reorders text stands in brackets: before it does, a link is one. */
function proseLine(words: string): string {
  return cutLine(stripControl(plainProse(words.slice(0, LINE_CHARS_MAX * 4))), LINE_CHARS_MAX);
}

/**
 * The beginning of a text on one line, safe to show: no escape sequences, nothing that reorders what follows. A part of `words`
 * keeps all of it alive.
 */
function safeLine(words: string): string {
  return cutLine(stripControl(words.slice(0, LINE_CHARS_MAX * 4)), LINE_CHARS_MAX);
}
