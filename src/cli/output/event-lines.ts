import { formatCost, formatDuration, oneLine, stripControl } from '../../adw/format.ts';
import { describeTool } from '../../adw/tool.ts';
import { systemClock } from '../../base/clock.ts';
import type { NewEvent } from '../../event/schema.ts';
import { clip, clipArgument } from './cells.ts';
import { safeLine } from './escape.ts';
import { formatCount, formatPlural } from './format.ts';
import { lineHead } from './line-head.ts';
import { markdownLines } from './markdown.ts';
import type { Paint, Style } from './style.ts';

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

/** Cells that words get at least: narrower terminals break lines. */
const ROOM_MIN = 10;
/** Text blocks longer than this are cut: the whole is in the log. */
const TEXT_LINES_MAX = 12;
/** Calls that took less say nothing by their duration, ms. */
const SHOWN_MS_MIN = 100;
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
  const say = (event: NewEvent, room: number): Said | undefined => {
    // Also what is left out is looked at: a call says what a failure was about.
    const said = saidOf(event, { calls, room, paint });
    return detail === 'full' || MINIMAL.has(event.type) || isFailure(event) ? said : undefined;
  };
  return {
    resize: cells => {
      width = cells;
    },
    lines(event) {
      const head = lineHead(event.data, { paint, width, times, nowMs: systemClock.now() });
      const said = say(event, Math.max(ROOM_MIN, width - head.cells - 2));
      if (said === undefined) return [];
      const mark = said.style === undefined ? said.mark : paint(said.style, said.mark);
      return said.text.map((line, index) => `${head.text}${index === 0 ? mark : ' '} ${line}`);
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
  const path = (noun: string, name: string): Said =>
    aside(`${noun} ${clipArgument(safeLine(name), room - noun.length - 1)}`);
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
      return path('screenshot', event.data.screenshot_path);
    case 'spec_created':
      return path('spec', event.data.spec_path);
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
  const tookMs = data.duration_ms ?? 0;
  const took = tookMs < SHOWN_MS_MIN ? '' : formatDuration(tookMs);
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
    data.is_error ? failure(data.subtype) : 'done',
    typeof data.num_turns === 'number' && formatPlural(data.num_turns, 'turn'),
    typeof data.duration_ms === 'number' && formatDuration(data.duration_ms),
    typeof data.total_cost_usd === 'number' && formatCost(data.total_cost_usd),
  ].filter(fact => typeof fact === 'string');
  const style: Style = data.is_error ? 'red' : 'green';
  const text = [paint(style, clip(facts.join(', '), room))];
  if (data.is_error && data.result) text.push(paint('red', clip(firstLine(data.result), room)));
  return { mark: '■', style, text };
}

/** Claude calls it success when a session ended by itself, though with an error. */
function failure(subtype: string): string {
  return subtype === 'success' ? 'failed' : `failed (${safeLine(subtype)})`;
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
