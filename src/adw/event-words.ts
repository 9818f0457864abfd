import { columnsOf } from '../event/columns.ts';
import { toolKindOf } from '../event/tool-kind.ts';
import { type EventType, isEventType } from '../event/types.ts';
import { changedLines } from './changed-lines.ts';
import { formatCost, grouped } from './format.ts';
import { programWords } from './program.ts';
import { describeTool } from './tool.ts';
import { inputOf, outputText } from './tool-data.ts';
import { humane, humaneEntry } from './wire-words.ts';

type Data = Readonly<Record<string, unknown>>;

/** What stands for thinking that Claude kept to itself. */
export const UNDISCLOSED = 'Thinking not disclosed';

/** Marks of markdown that a text may begin with: headings, quotes, rules, items of a list; not those of what is strong. */
const LEADING_MARKS = /^(?:[#>\s]+|[*-]{3,}(?=\s)|[*+-]\s)+/;

/** What each type of event says, in words. Kept as data: one row a type, `said` where its own message is enough. */
const WORDS = {
  status_update: said,
  workflow_log: said,
  agent_log: logged,
  agent_summary_update: said,
  summary_update: said,
  thinking_block: data => text(data.content) ?? UNDISCLOSED,
  text_block: data => (text(data.content) ?? '').replace(LEADING_MARKS, ''),
  tool_use_pre: data => describeTool(text(data.tool_name) ?? '', inputOf(data), null, toolKindOf(data)),
  tool_use_post: data => text(data.error) ?? outputText(data.output ?? data.tool_output),
  file_changed: fileChanged,
  workflow_phase_transition: data => `${text(data.phase_from) ?? 'start'} → ${text(data.phase_to) ?? '?'}`,
  stage_transition: data => `${text(data.from_stage) ?? '?'} → ${text(data.to_stage) ?? '?'}`,
  agent_output_chunk: data => `${plural(Number(data.lines ?? 0), 'line')} from line ${String(data.line_number ?? '?')}`,
  screenshot_available: data => text(data.screenshot_path) ?? '',
  spec_created: data => `${text(data.spec_type) ?? 'spec'} · ${text(data.spec_path) ?? ''}`,
  agent_created: said,
  agent_updated: data => `changed: ${Array.isArray(data.changed_fields) ? data.changed_fields.join(', ') : 'state'}`,
  agent_deleted: said,
  agent_status_change: said,
  orchestrator_updated: said,
  system_log: said,
  chat_message: said,
  chat_stream: said,
  session_started: sessionStarted,
  session_ended: sessionEnded,
  attempt_started: attemptStarted,
  usage_update: data => `usage of ${text(data.message_id) ?? 'a message'}`,
  task_update: data =>
    [text(data.description) ?? 'task', humane(text(data.state) ?? ''), text(data.progress)].filter(Boolean).join(' · '),
  phase_update: phaseUpdate,
  gate_result: data => [text(data.gate), gateWord(data.passed), checksIn(data.checks)].filter(Boolean).join(' · '),
  process_update: data =>
    [text(data.name) ?? text(data.kind), `pid ${String(data.pid)}`, processWord(data)].filter(Boolean).join(' · '),
  todo_update: data => todos(data.items),
  artifact: data => text(data.path) ?? '',
  malformed_line: malformedLine,
  adw_status: data => `${humane(text(data.status) ?? '')} · ${text(data.why) ?? ''}`,
  alarm: said,
} as const satisfies Record<EventType, (data: Data) => string | undefined>;

/**
 * What an event says, in words: neither cut nor made safe to show. Total: a type that this build does not know, or data of
 * another shape, gives its message, or the type's name.
 */
export function eventWords(type: string, data: Data): string {
  const words = isEventType(type) ? WORDS[type](data) : said(data);
  return words ?? type.replaceAll('_', ' ');
}

/** What its writer says of a change, which counts lines by itself. */
function fileChanged(data: Data): string {
  const { added, removed } = changedLines(data);
  const summary = text(data.summary)?.replace(/ \(\+\d+ −\d+\)$/, ` (+${added ?? 0} −${removed ?? 0})`);
  return summary ?? text(data.file_path) ?? '';
}

function said(data: Data): string | undefined {
  return text(data.message) ?? text(data.summary) ?? text(data.content) ?? text(data.status);
}

function logged(data: Data): string | undefined {
  const message = said(data);
  return message === undefined ? undefined : humaneEntry(message, data.event_type);
}

function malformedLine(data: Data): string {
  // A run of NUL bytes shows nothing.
  const preview = text(data.preview)?.replaceAll('\0', '').trim();
  const about = [text(data.reason), preview].filter(Boolean).join(' · ');
  return `unparsable line (${String(data.bytes)} bytes)${about === '' ? '' : `: ${about}`}`;
}

function sessionStarted(data: Data): string {
  const parts = [programWords(data), text(data.model)].filter(part => part !== undefined);
  if (parts.length === 0) parts.push('session');
  if (data.permission_mode) parts.push(humane(String(data.permission_mode)));
  if (Array.isArray(data.tools)) parts.push(plural(data.tools.length, 'tool'));
  if (Array.isArray(data.mcp_servers) && data.mcp_servers.length > 0) {
    const servers = data.mcp_servers as ({ name?: string; status?: string } | null)[];
    const failed = servers.filter(server => server?.status === 'failed').map(server => server?.name ?? '?');
    parts.push(`${plural(servers.length, 'MCP server')}${failed.length > 0 ? ` (failed: ${failed.join(', ')})` : ''}`);
  }
  return parts.join(' · ');
}

/** A failure is never a success, whatever its agent says of itself: what it calls the failure comes after what it took. */
function sessionEnded(data: Data): string {
  const subtype = text(data.subtype);
  const failed = columnsOf('session_ended', data).status === 'error';
  const kind = subtype === 'success' ? '' : (subtype?.replace(/^error_/, '').replaceAll('_', ' ') ?? '');
  const words = failed ? ['failed', ...spent(data), kind] : [subtype, ...spent(data)];
  return [...words, result(data)].filter(Boolean).join(' · ');
}

function attemptStarted(data: Data): string {
  const attempt = `attempt ${String(data.attempt)}`;
  if (data.reason !== 'rewritten') return attempt;
  const lost = number(data.lost_bytes);
  return `${attempt}: the file was rewritten${lost ? `, ${lost} bytes were never read` : ''}`;
}

function phaseUpdate(data: Data): string {
  const attempt = number(data.attempt) ?? 1;
  const again = attempt > 1 ? `attempt ${attempt}` : '';
  return [text(data.phase), humane(text(data.state) ?? ''), again, text(data.error)].filter(Boolean).join(' · ');
}

/** The word for whether a gate was passed; empty where that is not said. */
function gateWord(passed: unknown): string {
  return passed === true ? 'passed' : passed === false ? 'failed' : '';
}

function checksIn(checks: unknown): string {
  return Array.isArray(checks) && checks.length > 0 ? plural(checks.length, 'check') : '';
}

function processWord({ is_alive: isAlive, ended_at: endedAt }: Data): string {
  if (isAlive === false || text(endedAt) !== undefined) return 'ended';
  return isAlive === true ? 'alive' : '';
}

function todos(items: unknown): string {
  if (!Array.isArray(items)) return '';
  const list = items as ({ content?: string; state?: string } | null)[];
  const done = list.filter(item => item?.state === 'completed').length;
  const current = list.find(item => item?.state === 'in_progress');
  return `${done}/${list.length} done${current?.content ? ` · ${current.content}` : ''}`;
}

function result({ result: words, errors }: Data): string {
  return words ? String(words) : Array.isArray(errors) ? errors.map(String).join('; ') : '';
}

function spent(data: Data): string[] {
  const [turns, cost] = [number(data.num_turns), number(data.total_cost_usd)];
  return [turns === undefined ? '' : plural(turns, 'turn'), cost === undefined ? '' : formatCost(cost)];
}

function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
