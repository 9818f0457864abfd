import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, cutOf, firstChars } from '../../preview.ts';
import { openTool, type Session } from './session.ts';
import { toolResult } from './tool-result.ts';
import { readUsage } from './usage.ts';

const TOOL_CALLS: ReadonlySet<string> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

/** An `assistant` line: its blocks, what it says went wrong, and what its message has used. */
export function assistantLine(line: JsonObject, message: JsonObject, session: Session, events: LineEvents): void {
  for (const block of blocksOf(message.content)) assistantBlock(block, session, events);
  if (typeof line.error === 'string') events.log('WARNING', `API error: ${line.error}`, { event_type: 'api_error' });
  const retracted = asArray(line.supersedes).filter(uuid => typeof uuid === 'string');
  if (retracted.length > 0) {
    events.log('INFO', `takes back ${retracted.length} earlier ${retracted.length === 1 ? 'line' : 'lines'}`, {
      event_type: 'supersedes',
      details: { supersedes: retracted.slice(0, 100).map(uuid => firstChars(uuid, 100)) },
    });
  }
  addUsage(message, session, events);
}

function assistantBlock(block: JsonObject, session: Session, events: LineEvents): void {
  const type = asText(block.type) ?? '';
  if (type === 'text') text(asText(block.text) ?? '', session, events);
  else if (type === 'thinking' || type === 'redacted_thinking') thinking(block, session, events);
  else if (TOOL_CALLS.has(type)) toolUse(block, session, events);
  // What the API's own tools answer comes on the assistant's side: web_search_tool_result, mcp_tool_result, …
  else if (typeof block.tool_use_id === 'string') toolResult(block, undefined, session, events);
  else unknownBlock('assistant', block, events);
}

function thinking(block: JsonObject, session: Session, events: LineEvents): void {
  const content = asText(block.thinking) ?? '';
  if (content !== '') {
    session.sequence += 1;
    events.add('thinking_block', {
      content: firstChars(content),
      ...cutOf(content),
      reasoning_type: 'thinking',
      duration_ms: null,
      sequence: session.sequence,
    });
    return;
  }
  const id = session.sessionId ?? '';
  if (session.undisclosed.has(id)) return;
  session.undisclosed.add(id);
  events.log('INFO', 'thinking not disclosed', { event_type: 'thinking_not_disclosed' });
}

function text(content: string, session: Session, events: LineEvents): void {
  session.sequence += 1;
  events.add('text_block', { content: firstChars(content), ...cutOf(content), sequence: session.sequence });
}

function toolUse(block: JsonObject, session: Session, events: LineEvents): void {
  const name = firstChars(asText(block.name) ?? 'unknown', 200);
  const id = asText(block.id);
  if (id !== undefined) openTool(session, id, { name, input: asObject(block.input) ?? {}, startedAt: events.time });
  const { value, ...cut } = bounded(block.input ?? {});
  events.add('tool_use_pre', { tool_name: name, tool_use_id: id ?? null, input: value, tool_input: value, ...cut });
}

/** A `user` line: results of tools, and prompts (typed, synthetic, or given to a sub-agent). */
export function userLine(line: JsonObject, message: JsonObject, session: Session, events: LineEvents): void {
  const prompt = (content: string) =>
    events.log('INFO', content, {
      event_type: 'prompt',
      ...(line.isSynthetic === true ? { synthetic: true } : {}),
      ...(line.isReplay === true ? { replay: true } : {}),
    });
  for (const block of blocksOf(message.content)) {
    if (block.type === 'tool_result') toolResult(block, line.tool_use_result, session, events);
    else if (block.type === 'text') prompt(asText(block.text) ?? '');
    else if (block.type !== 'image') unknownBlock('user', block, events);
  }
}

function unknownBlock(side: string, block: JsonObject, events: LineEvents): void {
  const type = asText(block.type);
  const named = type === undefined ? 'a block without a type' : `an unknown block "${firstChars(type, 80)}"`;
  events.log('WARNING', `${side} message with ${named}`, { event_type: 'unknown_block' });
}

function blocksOf(content: unknown): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asArray(content)
    .map(asObject)
    .filter(block => block !== undefined);
}

function addUsage(message: JsonObject, session: Session, events: LineEvents): void {
  const id = asText(message.id);
  const usage = readUsage(message.usage);
  if (id === undefined || usage === undefined) return;
  const totals = session.usage.take(id, events.scope.parentToolUseId, usage);
  if (totals !== undefined) events.add('usage_update', { message_id: id, usage, totals, estimated: true });
}
