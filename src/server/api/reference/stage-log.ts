import { isRecord } from '../../../base/is-record.ts';
import { columnsOf } from '../../../event/columns.ts';
import type { EventType } from '../../../event/types.ts';

/** A line of stream-json as one entry of the reference's log viewer. Pure. */

/** One entry of a stage's log. */
export interface StageLogEntry {
  readonly timestamp: string | null;
  readonly level: string;
  readonly message: string;
  readonly entry_type: string;
  readonly subtype: string | null;
  readonly raw_data: unknown;
  readonly [field: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a content block makes of its line, the first that occurs winning. */
const SUBTYPE_PRIORITY = ['thinking', 'tool_use', 'tool_result', 'text'] as const;

/** Levels of a line that is shown as data. JSON.parse takes any depth; JSON.stringify fails at it. */
const LEVELS_MAX = 500;

/** The entry of one complete line; `timestamp` is when the line is known to have been written. Total. */
export function stageLogEntry(line: string, timestamp: string | null): StageLogEntry {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return unparsed(line, timestamp, 'not JSON');
  }
  if (!isRecord(data)) return unparsed(line, timestamp, 'not a JSON object');
  if (!isShallow(data, LEVELS_MAX)) return unparsed(line, timestamp, 'nested too deeply');
  const blocks = contentBlocks(data);
  const type = textOf(data.type) ?? 'unknown';
  const own = textOf(data.subtype);
  const subtype = own ?? SUBTYPE_PRIORITY.find(kind => blocks.some(block => block.type === kind)) ?? null;
  const tool = blocks.find(block => block.type === 'tool_use');
  const message = isRecord(data.message) ? data.message : {};
  return {
    timestamp: textOf(data.timestamp) ?? timestamp,
    level: levelOf(data, type, subtype),
    message: messageOf(data, blocks) ?? `[${type}] - ${subtype ?? ''}`,
    entry_type: type,
    subtype,
    raw_data: data,
    ...(tool ? { tool_name: textOf(tool.name) ?? '', tool_input: tool.input ?? null } : {}),
    usage: message.usage ?? data.usage ?? null,
    session_id: textOf(data.session_id) ?? null,
    model: textOf(message.model) ?? textOf(data.model) ?? null,
    stop_reason: textOf(message.stop_reason) ?? null,
    current_step: null,
    details: null,
    event_category: type,
    event_type: subtype,
    summary: null,
    payload: null,
  };
}

/** Whether an entry is of a line that Claude Code wrote, or of no program's at all. */
export function isClaudes({ entry_type, subtype, raw_data }: StageLogEntry): boolean {
  if (entry_type === 'result') return subtype !== null;
  if (entry_type === 'assistant' || entry_type === 'user') return isRecord(raw_data) && isRecord(raw_data.message);
  return entry_type === 'system' || entry_type === 'unknown';
}

/** The events that say what the lines of other programs say, and what kind of Claude Code's lines says the same. */
const TOLD = {
  session_started: { entry_type: 'system', subtype: 'init' },
  text_block: { entry_type: 'assistant', subtype: 'text' },
  thinking_block: { entry_type: 'assistant', subtype: 'thinking' },
  tool_use_pre: { entry_type: 'assistant', subtype: 'tool_use' },
  tool_use_post: { entry_type: 'user', subtype: 'tool_result' },
  session_ended: { entry_type: 'result', subtype: 'success' },
} as const satisfies Partial<Record<EventType, { entry_type: string; subtype: string }>>;

/** Types of the events that {@link toldEntries} takes. */
export const TOLD_TYPES = Object.keys(TOLD) as readonly (keyof typeof TOLD)[];

/** The entries of a line of another program than Claude Code, by its events: their data, and their `type`. Total. */
export function toldEntries(line: string, events: readonly Fields[]): StageLogEntry[] {
  const raw = stageLogEntry(line, null);
  return events.map(data => {
    const type = String(data.type);
    const kind = TOLD[type as keyof typeof TOLD];
    const subtype = textOf(data.subtype) ?? kind.subtype;
    const level = columnsOf(type, data).status === 'error' ? 'ERROR' : type === 'session_ended' ? 'SUCCESS' : 'INFO';
    const tool = textOf(data.tool_name) ?? '';
    const said = [data.content, data.output, data.error, data.result].map(textOf).find(text => text !== undefined);
    return {
      ...raw,
      timestamp: textOf(data.timestamp) ?? null,
      level,
      message: type === 'tool_use_pre' ? `[Tool: ${tool}]` : (said ?? `[${kind.entry_type}] - ${subtype}`),
      ...{ entry_type: kind.entry_type, subtype, event_category: kind.entry_type, event_type: subtype },
      ...(type === 'tool_use_pre' ? { tool_name: tool, tool_input: data.input ?? null } : {}),
      usage: data.usage ?? null,
      session_id: textOf(data.session_id) ?? null,
      model: textOf(data.model) ?? null,
    };
  });
}

function unparsed(line: string, timestamp: string | null, reason: string): StageLogEntry {
  return {
    timestamp,
    level: 'INFO',
    message: line,
    entry_type: 'unknown',
    subtype: null,
    raw_data: { parse_error: reason, raw_line: line },
  };
}

function contentBlocks({ message, content }: Fields): Fields[] {
  const held = (isRecord(message) ? message.content : undefined) ?? content;
  return Array.isArray(held) ? held.filter(isRecord) : [];
}

function levelOf(data: Fields, type: string, subtype: string | null): string {
  const failed = data.is_error === true || (subtype ?? '').startsWith('error');
  if (type === 'result') return failed ? 'ERROR' : 'SUCCESS';
  return failed ? 'ERROR' : (textOf(data.level) ?? 'INFO');
}

function messageOf(data: Fields, blocks: readonly Fields[]): string | undefined {
  const parts = blocks.flatMap(block => {
    if (block.type === 'tool_use') return [`[Tool: ${textOf(block.name) ?? ''}]`];
    const text = textOf(block.text) ?? textOf(block.thinking) ?? textOf(block.content);
    return text === undefined ? [] : [text];
  });
  if (parts.length > 0) return parts.join(' ');
  const message = isRecord(data.message) ? textOf(data.message.content) : textOf(data.message);
  return message ?? textOf(data.content) ?? textOf(data.result);
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every(inner => isShallow(inner, levels - 1));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
