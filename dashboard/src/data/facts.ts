import { describeTool } from '../../../src/adw/tool.ts';
import { dollars, oneLine, plural } from '../base/text.ts';
import { fileOf, inputOf, outputText } from './tools.ts';

/** Groups of rows that the footer switches on and off. */
export const GROUPS = ['think', 'text', 'tool', 'result', 'hook', 'raw'] as const;
/** One of {@link GROUPS}. */
export type Group = (typeof GROUPS)[number];
/** Shown unless the reader chooses otherwise. */
export const DEFAULT_GROUPS: readonly Group[] = ['think', 'text', 'tool', 'result'];

/** What the page keeps of an event in memory: enough for a row, a filter, a lane; bodies are read again on demand. */
export interface Fact {
  readonly id: string;
  readonly group: Group;
  /** One line, cut. */
  readonly summary: string;
  readonly tool: string | undefined;
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
  readonly trouble: Trouble | undefined;
  /** File and line it comes from: `path:line`. */
  readonly place: string | undefined;
}

/** What a sidecar tells of itself: a file that it may not read, or that no file system events come. */
export type Trouble = 'file_unreadable' | 'polling';

/** An event of the log as the page receives it: the type may be one that this build does not know. */
export interface AnyEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The group a type belongs to before its body is known. */
export const TYPE_GROUP: Readonly<Record<string, Group>> = {
  thinking_block: 'think',
  text_block: 'text',
  chat_message: 'text',
  tool_use_pre: 'tool',
  tool_use_post: 'tool',
  file_changed: 'tool',
  todo_update: 'tool',
  session_started: 'result',
  session_ended: 'result',
  attempt_started: 'result',
  workflow_phase_transition: 'result',
  screenshot_available: 'result',
  spec_created: 'result',
  status_update: 'result',
  malformed_line: 'result',
  adw_status: 'result',
  agent_output_chunk: 'raw',
  usage_update: 'raw',
  artifact: 'raw',
  chat_stream: 'raw',
};

/** The group of a type that {@link TYPE_GROUP} does not name. */
export const groupOfType = (type: string): Group => TYPE_GROUP[type] ?? 'hook';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Reduces an event to its fact. Total: unknown types and odd fields give a fact that says so. */
export function factOf(event: AnyEvent): Fact {
  const { data, type } = event;
  const source = data.source as { path?: unknown; line?: unknown } | undefined;
  const level = text(data.level)?.toUpperCase();
  const loud = level === 'ERROR' || level === 'WARNING' || level === 'CRITICAL';
  const input = type === 'tool_use_pre' ? inputOf(data) : {};
  const path = text(data.file_path) ?? text(data.screenshot_path) ?? text(data.spec_path) ?? fileOf(input);
  return {
    id: text(data.event_id) ?? String(event.seq),
    group: loud && groupOfType(type) === 'hook' ? 'result' : groupOfType(type),
    summary: oneLine(summaryOf(type, data, input)),
    tool: text(data.tool_name),
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
    trouble:
      type === 'agent_log' && (data.event_type === 'file_unreadable' || data.event_type === 'polling')
        ? data.event_type
        : undefined,
    place:
      typeof source?.path === 'string' ? `${source.path}${source.line ? `:${String(source.line)}` : ''}` : undefined,
  };
}

/** What stands for thinking that Claude kept to itself. */
export const UNDISCLOSED = 'Thinking not disclosed';
/** The same, where it is said for the first time in a session. */
export const UNDISCLOSED_HINT = `${UNDISCLOSED} (run Claude with --thinking-display summarized)`;

type Data = Readonly<Record<string, unknown>>;

const SUMMARIES: Readonly<Record<string, (data: Data, input: Data) => string>> = {
  thinking_block: data => text(data.content) ?? UNDISCLOSED,
  text_block: data => (text(data.content) ?? '').replace(/^[#>\s*-]+/, ''),
  tool_use_pre: (data, input) => describeTool(text(data.tool_name) ?? '', input),
  tool_use_post: data => text(data.error) ?? outputText(data.output ?? data.tool_output),
  file_changed: data => text(data.summary) ?? text(data.file_path) ?? '',
  todo_update: data => todoSummary(data.items),
  session_started: data => sessionSummary(data),
  session_ended: data => [text(data.subtype), ...spentOf(data), outcomeOf(data)].filter(Boolean).join(' · '),
  attempt_started: data =>
    data.reason === 'rewritten'
      ? `attempt ${String(data.attempt)}: the file was rewritten${number(data.lost_bytes) ? `, ${String(data.lost_bytes)} bytes were never read` : ''}`
      : `attempt ${String(data.attempt)}`,
  workflow_phase_transition: data => `${text(data.phase_from) ?? 'start'} → ${text(data.phase_to) ?? '?'}`,
  stage_transition: data => `${text(data.from_stage) ?? '?'} → ${text(data.to_stage) ?? '?'}`,
  screenshot_available: data => text(data.screenshot_path) ?? '',
  spec_created: data => `${text(data.spec_type) ?? 'spec'} · ${text(data.spec_path) ?? ''}`,
  agent_updated: data => `changed: ${Array.isArray(data.changed_fields) ? data.changed_fields.join(', ') : 'state'}`,
  agent_output_chunk: data => `${plural(Number(data.lines ?? 0), 'line')} from line ${String(data.line_number ?? '?')}`,
  usage_update: data => `usage of ${text(data.message_id) ?? 'a message'}`,
  artifact: data => text(data.path) ?? '',
  malformed_line: data =>
    `unparsable line (${String(data.bytes)} bytes): ${text(data.reason) ?? ''} · ${text(data.preview) ?? ''}`,
  adw_status: data => `${text(data.status) ?? ''} · ${text(data.why) ?? ''}`,
};

function summaryOf(type: string, data: Data, input: Data): string {
  const summary = SUMMARIES[type]?.(data, input);
  if (summary !== undefined) return summary;
  return (
    text(data.message) ?? text(data.summary) ?? text(data.content) ?? text(data.status) ?? type.replaceAll('_', ' ')
  );
}

function sessionSummary(data: Data): string {
  const parts = [text(data.model) ?? 'session'];
  if (data.permission_mode) parts.push(String(data.permission_mode));
  if (Array.isArray(data.tools)) parts.push(plural(data.tools.length, 'tool'));
  if (Array.isArray(data.mcp_servers) && data.mcp_servers.length > 0) {
    const servers = data.mcp_servers as { name?: string; status?: string }[];
    const failed = servers.filter(server => server?.status === 'failed').map(server => server.name ?? '?');
    parts.push(`${plural(servers.length, 'MCP server')}${failed.length > 0 ? ` (failed: ${failed.join(', ')})` : ''}`);
  }
  return parts.join(' · ');
}

function todoSummary(items: unknown): string {
  if (!Array.isArray(items)) return '';
  const todos = items as { content?: string; state?: string }[];
  const done = todos.filter(item => item.state === 'completed').length;
  const current = todos.find(item => item.state === 'in_progress');
  return `${done}/${todos.length} done${current?.content ? ` · ${current.content}` : ''}`;
}

const outcomeOf = ({ result, errors }: Data): string =>
  result ? String(result) : Array.isArray(errors) ? errors.map(String).join('; ') : '';

function spentOf(data: Data): string[] {
  const [turns, cost] = [number(data.num_turns), number(data.total_cost_usd)];
  return [turns === undefined ? '' : plural(turns, 'turn'), cost === undefined ? '' : dollars(cost)];
}
