import { eventWords, UNDISCLOSED } from '../../../src/adw/event-words.ts';
import { fileOf, inputOf } from '../../../src/adw/tool-data.ts';
import { type ToolKind, toolKindOf } from '../../../src/event/tool-kind.ts';
import { eventRowOf, type Group } from '../../../src/event/types.ts';
import { oneLine } from '../base/text.ts';

/** Shown unless the reader chooses otherwise. */
export const DEFAULT_GROUPS: readonly Group[] = ['think', 'text', 'tool', 'result'];

/** What the page keeps of an event in memory: enough for a row, a filter, a lane; bodies are read again on demand. */
export interface RowData {
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
  /** What kept the sidecar from seeing. */
  readonly diagnostic: Diagnostic | undefined;
  /** File and line it comes from: `path:line`. */
  readonly place: string | undefined;
}

/** What a sidecar tells of itself: a file that it may not read, or that no file system events come. */
export type Diagnostic = 'file_unreadable' | 'polling';

/** An event of the log as the page receives it: the type may be one that this build does not know. */
export interface AnyEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Reduces an event to its row's data. Total: for unknown types and odd fields they say so. */
export function rowDataOf(event: AnyEvent): RowData {
  const { data, type } = event;
  const source = data.source as { path?: unknown; line?: unknown } | undefined;
  const level = text(data.level)?.toUpperCase();
  const { group, outcome } = eventRowOf(type);
  const loud = level === 'WARNING' || outcome?.(data) === 'error';
  const input = type === 'tool_use_pre' ? inputOf(data) : {};
  const path = text(data.file_path) ?? text(data.screenshot_path) ?? text(data.spec_path) ?? fileOf(input);
  return {
    id: text(data.event_id) ?? String(event.seq),
    group: loud && group === 'hook' ? 'result' : group,
    summary: oneLine(eventWords(type, data)),
    tool: text(data.tool_name),
    toolKind: toolKindOf(data),
    useId: text(data.tool_use_id),
    parent: text(data.parent_tool_use_id),
    attempt: number(data.attempt) ?? 0,
    phase: text(data.phase),
    session: text(data.session_id),
    path,
    added: number(data.lines_added),
    removed: number(data.lines_removed),
    timing: text(data.timing),
    level,
    diagnostic:
      type === 'agent_log' && (data.event_type === 'file_unreadable' || data.event_type === 'polling')
        ? data.event_type
        : undefined,
    place:
      typeof source?.path === 'string' ? `${source.path}${source.line ? `:${String(source.line)}` : ''}` : undefined,
  };
}

/** {@link UNDISCLOSED}, where it is said for the first time in a session. */
export const UNDISCLOSED_HINT = `${UNDISCLOSED} (run Claude with --thinking-display summarized)`;
