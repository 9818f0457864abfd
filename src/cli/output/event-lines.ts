import { eventWords } from '../../adw/event-words.ts';
import { formatCost, formatDuration, oneLine, stripControl } from '../../adw/format.ts';
import { programWords } from '../../adw/program.ts';
import { describeTool } from '../../adw/tool.ts';
import { humaneEntry } from '../../adw/wire-words.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { systemClock } from '../../base/clock.ts';
import { columnsOf } from '../../event/columns.ts';
import type { DataOf, NewEvent } from '../../event/schema.ts';
import { toolKindOf } from '../../event/tool-kind.ts';
import { EVENT_ROWS, type EventType, isErrorLevel } from '../../event/types.ts';
import { clip, clipArgument, clipPath, wrapWords } from './cells.ts';
import { safeLine } from './escape.ts';
import { formatCount, formatPlural } from './format.ts';
import { lineHead } from './line-head.ts';
import { markdownLines } from './markdown.ts';
import { PHASE_STYLES } from './status-block.ts';
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
  /** Lines, already safe; with their colours. */
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
/** Roles whose directory is remembered. Real runs have about ten. */
const ROLES_MAX = 500;

/** Log entries that say to the reference's screens what a typed event says to us. */
const MIRRORED: ReadonlySet<string> = new Set(['session_started', 'session_ended', 'spec', 'screenshot']);

/** Makes an {@link EventLines}. */
export function createEventLines(options: EventLineOptions): EventLines {
  const { paint, detail, times } = options;
  let width = options.width;
  const calls = new BoundedMap<string, string>(OPEN_CALLS_MAX);
  const places = new Map<string, string>();
  const say = (event: NewEvent, room: number): Said | undefined => {
    // Calls that are not shown count too: they say what a failure was about.
    const said = saidOf(event, { calls, places, room, paint });
    return detail === 'full' || isMilestone(event) ? said : undefined;
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
  /** The directory that each role's agent works in. */
  readonly places: Map<string, string>;
  readonly room: number;
  readonly paint: Paint;
}

type Sayer<Type extends EventType> = (data: DataOf<Type>, context: SayingContext) => Said | undefined;

/** What types of event say in a way of their own; others say their words on one dim line. */
const SAYERS: { readonly [Type in EventType]?: Sayer<Type> } = {
  tool_use_pre: (data, context) => rememberCall(context, data),
  tool_use_post: toolSaid,
  text_block: (data, context) => ({ mark: '●', style: 'cyan', text: textLines(data.content, context) }),
  thinking_block: (data, context) => one(context, ['∴', 'dim'], safeLine(data.content.slice(0, 1_000))),
  session_started: startSaid,
  session_ended: endSaid,
  attempt_started: (data, context) =>
    data.attempt > 1 ? one(context, ['↻', 'yellow'], `attempt ${data.attempt}${lost(data.lost_bytes)}`) : undefined,
  workflow_phase_transition: (data, context) =>
    one(context, ['▶', 'bold'], safeLine(eventWords('workflow_phase_transition', data))),
  phase_update: phaseSaid,
  gate_result: (data, context) =>
    one(context, data.passed ? ['✓', 'green'] : ['✗', 'red'], safeLine(`gate ${eventWords('gate_result', data)}`)),
  adw_status: statusSaid,
  alarm: ({ rule, message }, { paint, room }) => ({
    mark: '!',
    style: 'yellow',
    text: wrapWords(safeLine(`alarm ${rule}: ${message}`), room).map(line => paint('yellow', line)),
  }),
  malformed_line: (data, context) => one(context, ['!', 'yellow'], safeLine(eventWords('malformed_line', data))),
  screenshot_available: (data, context) => pathSaid(context, 'screenshot', data.screenshot_path),
  spec_created: (data, context) => pathSaid(context, 'spec', data.spec_path),
  agent_log: (data, context) =>
    MIRRORED.has(data.event_type ?? '')
      ? undefined
      : logSaid({ ...data, message: humaneEntry(data.message, data.event_type) }, context),
  workflow_log: logSaid,
};

function saidOf(event: NewEvent, context: SayingContext): Said | undefined {
  if (EVENT_ROWS[event.type].terminal === 'never') return undefined;
  const sayer = SAYERS[event.type] as Sayer<EventType> | undefined;
  if (sayer !== undefined) return sayer(event.data, context);
  return one(
    context,
    ASIDE,
    safeLine(oneLine(`${EVENT_ROWS[event.type].word} ${eventWords(event.type, event.data)}`, 300)),
  );
}

/** Whether an event changes the picture: phases, sessions, failures, the end. */
function isMilestone({ type, data }: NewEvent): boolean {
  return EVENT_ROWS[type].terminal === 'milestone' || columnsOf(type, data).status === 'error';
}

/** The mark and style of a line that matters little. */
const ASIDE = ['·', 'dim'] as const;

function one({ paint, room }: SayingContext, [mark, style]: readonly [string, Style], text: string): Said {
  return { mark, style, text: [paint(style, clip(text, room))] };
}

/** A phase that has not begun is no news. */
function phaseSaid(data: DataOf<'phase_update'>, context: SayingContext): Said | undefined {
  if (data.state === 'pending') return undefined;
  const { mark, style } = PHASE_STYLES[data.state];
  return one(context, [mark, style], safeLine(oneLine(`phase ${eventWords('phase_update', data)}`, 300)));
}

function pathSaid(context: SayingContext, noun: string, name: string): Said {
  return one(context, ASIDE, `${noun} ${clipPath(safeLine(name), context.room - noun.length - 1)}`);
}

function startSaid(data: DataOf<'session_started'>, context: SayingContext): Said {
  if (data.cwd && context.places.size < ROLES_MAX) context.places.set(data.agent_role ?? '', data.cwd);
  const about = [programWords(data), data.model].filter(Boolean).join(', ');
  return one(context, ASIDE, `session started${about === '' ? '' : ` (${safeLine(about)})`}`);
}

function rememberCall({ calls, places }: SayingContext, data: DataOf<'tool_use_pre'>): undefined {
  if (!data.tool_use_id) return undefined;
  const cwd = places.get(data.agent_role ?? '');
  const input = data.input ?? data.tool_input;
  calls.set(data.tool_use_id, describeTool(data.tool_name, input, cwd, toolKindOf(data)));
}

function toolSaid(data: DataOf<'tool_use_post'>, { calls, paint, room }: SayingContext): Said {
  const argument = data.tool_use_id ? (calls.get(data.tool_use_id) ?? '') : '';
  if (data.tool_use_id) calls.delete(data.tool_use_id);
  const tookMs = data.duration_ms ?? 0;
  const took = tookMs < SHOWN_MS_MIN ? '' : formatDuration(tookMs);
  const name = /^mcp__/.test(data.tool_name) ? 'mcp' : safeLine(data.tool_name);
  const left = room - name.length - 1 - (took === '' ? 0 : took.length + 1);
  const call = [
    paint('bold', name),
    clipArgument(toolKindOf(data), argument, left),
    took === '' ? '' : paint('dim', took),
  ]
    .filter(Boolean)
    .join(' ');
  if (data.status === 'retracted')
    return { mark: '·', style: 'dim', text: [`${call} ${paint('dim', 'was taken back')}`] };
  if (columnsOf('tool_use_post', data).status === 'ok') return { mark: '✓', style: 'green', text: [call] };
  const why = firstLine(data.error ?? outputText(data.output ?? data.tool_output));
  return { mark: '✗', style: 'red', text: why === '' ? [call] : [call, paint('red', clip(why, room))] };
}

function endSaid(data: DataOf<'session_ended'>, { paint, room }: SayingContext): Said {
  const failed = columnsOf('session_ended', data).status === 'error';
  const parts = [
    failed ? failure(data.subtype) : 'done',
    typeof data.num_turns === 'number' && formatPlural(data.num_turns, 'turn'),
    typeof data.duration_ms === 'number' && formatDuration(data.duration_ms),
    typeof data.total_cost_usd === 'number' && formatCost(data.total_cost_usd),
  ].filter(part => typeof part === 'string');
  const style: Style = failed ? 'red' : 'green';
  const text = [paint(style, clip(parts.join(', '), room))];
  if (failed && data.result) text.push(paint('red', clip(firstLine(data.result), room)));
  return { mark: '■', style, text };
}

/** The state of the run is said whole: a reason that is cut may lack what went wrong. */
function statusSaid({ status, why }: DataOf<'adw_status'>, { paint, room }: SayingContext): Said {
  const style = statusStyle(status);
  const lines = wrapWords(`${status.replaceAll('_', ' ')}: ${safeLine(why)}`, room);
  return { mark: '■', style, text: lines.map(line => paint(style, line)) };
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
  return [...lines.slice(0, TEXT_LINES_MAX), paint('dim', clip(`… ${lines.length - TEXT_LINES_MAX} more lines`, room))];
}

function logSaid(
  { level, message }: { readonly level: string; readonly message: string },
  context: SayingContext,
): Said {
  const text = safeLine(oneLine(message, 300));
  if (isErrorLevel(level)) return one(context, ['✗', 'red'], text);
  return one(context, /^warn/i.test(level) ? ['!', 'yellow'] : ASIDE, text);
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
