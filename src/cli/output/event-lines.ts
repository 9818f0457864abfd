import { formatCost, formatDuration, oneLine, stripControl } from '../../adw/format.ts';
import { describeTool } from '../../adw/tool.ts';
import type { EventData, NewEvent } from '../../event/schema.ts';
import { clip, clipArgument, pad } from './cells.ts';
import { safeLine } from './escape.ts';
import { formatCount, formatPlural } from './format.ts';
import { markdownLines } from './markdown.ts';
import { colorOf, type Paint, type Style } from './style.ts';

/** How events are written as lines. */
export interface EventLineOptions {
  readonly paint: Paint;
  /** Cells a line may take; Infinity where nothing limits it. */
  readonly width: number;
  /** `minimal` keeps what changes the picture: phases, sessions, failures, the end. */
  readonly detail: 'full' | 'minimal';
  /** Whether each line begins with its time. */
  readonly times: boolean;
}

/** Turns events into lines for people, in order; keeps calls that have no result yet in mind. */
export interface EventLines {
  /** The lines of one event; none for what is not worth one, or not yet. */
  lines(event: NewEvent): string[];
  /** From now on lines take at most `width` cells. */
  resize(width: number): void;
}

/** Text of one event before the prefix is put in front. */
interface Said {
  readonly mark: string;
  readonly style?: Style;
  /** Lines, already safe; painted as they shall look. */
  readonly text: readonly string[];
}

const ROLE_CELLS = 18;
const TIME_CELLS = 9;
/** Text blocks longer than this are cut: the whole is in the log. */
const TEXT_LINES_MAX = 12;
/** Calls kept while their result is awaited; more than an agent ever has open. */
const OPEN_CALLS_MAX = 1_000;

/** Events of `minimal`: one line for each thing that changes the picture. */
const MINIMAL: ReadonlySet<string> = new Set([
  'workflow_phase_transition',
  'session_started',
  'session_ended',
  'attempt_started',
  'adw_status',
  'spec_created',
]);

/** Log entries that say to the reference's screens what a typed event says to us. */
const MIRRORED: ReadonlySet<string> = new Set(['session_started', 'session_ended', 'spec', 'screenshot']);

/** Makes an {@link EventLines}. */
export function createEventLines(options: EventLineOptions): EventLines {
  const { paint, detail, times } = options;
  let width = options.width;
  const calls = new Map<string, string>();
  const prefixCells = ROLE_CELLS + 3 + (times ? TIME_CELLS : 0);
  const room = () => Math.max(20, width - prefixCells - 2);

  const prefix = ({ agent_role: role, timestamp }: EventData): string => {
    const name = safeLine(role ?? 'workflow');
    const time = times ? `${paint('dim', clockOf(timestamp))} ` : '';
    return `${time}${paint(colorOf(name), pad(name, ROLE_CELLS))} ${paint('dim', '│')} `;
  };
  const say = (event: NewEvent): Said | undefined => {
    if (detail === 'minimal' && !MINIMAL.has(event.type) && !isFailure(event)) return undefined;
    return saidOf(event, { calls, room: room(), paint });
  };
  return {
    resize: cells => {
      width = cells;
    },
    lines(event) {
      const said = say(event);
      if (said === undefined) return [];
      const head = prefix(event.data);
      const mark = said.style === undefined ? said.mark : paint(said.style, said.mark);
      return said.text.map((line, index) => `${head}${index === 0 ? mark : ' '} ${line}`);
    },
  };
}

interface SayingContext {
  /** What each open call was about, by its id. */
  readonly calls: Map<string, string>;
  readonly room: number;
  readonly paint: Paint;
}

function saidOf(event: NewEvent, context: SayingContext): Said | undefined {
  const { paint, room } = context;
  const one = (mark: string, style: Style, text: string): Said => ({
    mark,
    style,
    text: [paint(style, clip(text, room))],
  });
  const aside = (text: string): Said => one('·', 'dim', text);
  switch (event.type) {
    case 'tool_use_pre':
      rememberCall(context.calls, event.data);
      return undefined;
    case 'tool_use_post':
      return toolSaid(event.data, context);
    case 'text_block':
      return { mark: '●', style: 'cyan', text: textLines(event.data.content, context) };
    case 'thinking_block':
      return one('∴', 'dim', safeLine(event.data.content.slice(0, 1_000)));
    case 'session_started':
      return aside(`session started${event.data.model ? ` (${safeLine(event.data.model)})` : ''}`);
    case 'session_ended':
      return endSaid(event.data, context);
    case 'attempt_started':
      return event.data.attempt > 1
        ? one('↻', 'yellow', `attempt ${event.data.attempt}${lost(event.data.lost_bytes)}`)
        : undefined;
    case 'workflow_phase_transition':
      return one('▶', 'bold', `${safeLine(event.data.phase_from ?? 'start')} → ${safeLine(event.data.phase_to)}`);
    case 'adw_status':
      return one(
        '■',
        statusStyle(event.data.status),
        `${event.data.status.replaceAll('_', ' ')}: ${safeLine(event.data.why)}`,
      );
    case 'malformed_line':
      return one('!', 'yellow', `a line that is not JSON: ${safeLine(event.data.preview)}`);
    case 'screenshot_available':
      return aside(`screenshot ${safeLine(event.data.screenshot_path)}`);
    case 'spec_created':
      return aside(`spec ${safeLine(event.data.spec_path)}`);
    case 'agent_log':
      if (MIRRORED.has(event.data.event_type ?? '')) return undefined;
      return logSaid(event.data.level, event.data.message, one);
    case 'workflow_log':
      return logSaid(event.data.level, event.data.message, one);
    default:
      return undefined;
  }
}

function rememberCall(
  calls: Map<string, string>,
  data: { tool_name: string; tool_use_id?: string | null | undefined; input?: unknown; tool_input?: unknown },
): void {
  if (!data.tool_use_id) return;
  if (calls.size >= OPEN_CALLS_MAX) calls.delete(calls.keys().next().value ?? '');
  calls.set(data.tool_use_id, describeTool(data.tool_name, data.input ?? data.tool_input));
}

type ToolResult = Extract<NewEvent, { type: 'tool_use_post' }>['data'];

function toolSaid(data: ToolResult, { calls, paint, room }: SayingContext): Said {
  const argument = data.tool_use_id ? (calls.get(data.tool_use_id) ?? '') : '';
  if (data.tool_use_id) calls.delete(data.tool_use_id);
  const took = typeof data.duration_ms === 'number' ? formatDuration(data.duration_ms) : '';
  const name = /^mcp__/.test(data.tool_name) ? 'mcp' : safeLine(data.tool_name);
  const left = room - name.length - 1 - (took === '' ? 0 : took.length + 1);
  const call = [paint('bold', name), clipArgument(argument, left), took === '' ? '' : paint('dim', took)]
    .filter(Boolean)
    .join(' ');
  if (data.success) return { mark: '✓', style: 'green', text: [call] };
  const why = firstLine(data.error ?? outputText(data.output ?? data.tool_output));
  return { mark: '✗', style: 'red', text: why === '' ? [call] : [call, paint('red', clip(why, room))] };
}

type SessionEnd = Extract<NewEvent, { type: 'session_ended' }>['data'];

function endSaid(data: SessionEnd, { paint, room }: SayingContext): Said {
  const facts = [
    data.is_error ? `failed (${safeLine(data.subtype)})` : 'done',
    typeof data.num_turns === 'number' && formatPlural(data.num_turns, 'turn'),
    typeof data.duration_ms === 'number' && formatDuration(data.duration_ms),
    typeof data.total_cost_usd === 'number' && formatCost(data.total_cost_usd),
  ].filter(fact => typeof fact === 'string');
  const style: Style = data.is_error ? 'red' : 'green';
  const text = [paint(style, clip(facts.join(', '), room))];
  if (data.is_error && data.result) text.push(paint('red', clip(firstLine(data.result), room)));
  return { mark: '■', style, text };
}

function textLines(content: string, { room, paint }: SayingContext): string[] {
  const lines = markdownLines(stripControl(content).replaceAll('\t', '    ').trim(), {
    paint,
    width: Math.min(room, 120),
  });
  if (lines.length <= TEXT_LINES_MAX) return lines;
  return [...lines.slice(0, TEXT_LINES_MAX), paint('dim', `… ${lines.length - TEXT_LINES_MAX} more lines`)];
}

function logSaid(level: string, message: string, one: (mark: string, style: Style, text: string) => Said): Said {
  const text = safeLine(oneLine(message, 300));
  if (/^(error|critical|fatal)$/i.test(level)) return one('✗', 'red', text);
  if (/^warn/i.test(level)) return one('!', 'yellow', text);
  return one('·', 'dim', text);
}

function isFailure(event: NewEvent): boolean {
  if (event.type === 'tool_use_post') return !event.data.success;
  return (
    (event.type === 'agent_log' || event.type === 'workflow_log') && /^(error|critical|fatal)$/i.test(event.data.level)
  );
}

function lost(bytes: number | undefined): string {
  return bytes ? `, ${formatCount(bytes)} bytes of the one before were never read` : '';
}

function statusStyle(status: string): Style {
  return status === 'completed' ? 'green' : status === 'failed' ? 'red' : status === 'running' ? 'cyan' : 'yellow';
}

function outputText(output: unknown): string {
  return typeof output === 'string' ? output : output === undefined || output === null ? '' : JSON.stringify(output);
}

function firstLine(text: string): string {
  return safeLine(text.trimStart().split('\n', 1)[0] ?? '');
}

/** The time of day in this machine's zone, `--:--:--` where it is not known. */
function clockOf(timestamp: string | undefined): string {
  const date = new Date(timestamp ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8);
}
