import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, boundsOf, cutOf, firstChars } from '../../preview.ts';
import { colon, counted, quote, word } from './report.ts';
import { takeBack } from './retracted.ts';
import { openTool, type Session } from './session.ts';
import { toolResult } from './tool-result.ts';
import { eventsOfBlock, isMessageTold, isTranscript } from './transcript.ts';
import { priceOfUsage, readUsage } from './usage.ts';

/** Interprets one block of a message's content. */
type BlockReader = (block: JsonObject, line: JsonObject, session: Session, events: LineEvents) => void;

/** A reader for blocks that only report something. */
const said =
  (tell: (block: JsonObject) => string): BlockReader =>
  (block, _line, _session, events) =>
    events.log('INFO', tell(block), { event_category: 'system', event_type: asText(block.type) ?? null });

/** What the API's own tools answer comes on the assistant's side: web_search_tool_result, mcp_tool_result, … */
const serverResult: BlockReader = (block, _line, session, events) => toolResult(block, undefined, session, events);

/**
 * Every block of an assistant's message. Source: `BetaContentBlock` of `@anthropic-ai/sdk`;
 * `test/claude-code/kinds.types.ts` does not compile while one is missing here.
 */
export const ASSISTANT_BLOCKS = {
  text: (block, _line, session, events) => text(asText(block.text) ?? '', session, events),
  thinking: (block, _line, session, events) => thinking(block, session, events),
  redacted_thinking: (block, _line, session, events) => thinking(block, session, events),
  tool_use: toolUse,
  server_tool_use: toolUse,
  mcp_tool_use: toolUse,
  mcp_tool_result: serverResult,
  web_search_tool_result: serverResult,
  web_fetch_tool_result: serverResult,
  advisor_tool_result: serverResult,
  code_execution_tool_result: serverResult,
  bash_code_execution_tool_result: serverResult,
  text_editor_code_execution_tool_result: serverResult,
  tool_search_tool_result: serverResult,
  container_upload: said(block => `file ${word(block.file_id, 'without an id')} for the container`),
  compaction: said(block => `conversation compacted${colon(quote(block.content))}`),
  fallback: said(block => `${modelOf(block.from)} hands over to ${modelOf(block.to)}`),
  mcp_tool_listing: said(
    block => `MCP server ${word(block.mcp_server_name, 'unnamed')} has ${counted(asArray(block.tools).length, 'tool')}`,
  ),
} satisfies Readonly<Record<string, BlockReader>>;

/** Every block of a user's message that Claude Code writes; what else the API takes there is named. */
const USER_BLOCKS = {
  tool_result: (block, line, session, events) => toolResult(block, line.tool_use_result, session, events),
  text: (block, line, _session, events) => prompt(asText(block.text) ?? '', line, events),
  // Lifted out of the line, and shown where it lies.
  image: () => undefined,
  document: said(block => `document${colon(word(block.title, '') || word(asObject(block.source)?.media_type, ''))}`),
  search_result: said(block => `search result${colon(word(block.title, '') || word(block.source, ''))}`),
  container_upload: ASSISTANT_BLOCKS.container_upload,
} satisfies Readonly<Record<string, BlockReader>>;

const ASSISTANT_READERS: ReadonlyMap<string, BlockReader> = new Map(Object.entries(ASSISTANT_BLOCKS));
const USER_READERS: ReadonlyMap<string, BlockReader> = new Map(Object.entries(USER_BLOCKS));

/** An `assistant` line: its blocks, what it says went wrong, and what its message has used. */
export function assistantLine(line: JsonObject, session: Session, events: LineEvents): void {
  const message = messageOf(line, events);
  if (message === undefined) return;
  // What is taken back comes before what takes its place.
  takeBack(line.supersedes, session, events);
  for (const block of blocksOf(message.content)) {
    const read = ASSISTANT_READERS.get(asText(block.type) ?? '');
    const to = eventsOfBlock(block, line, { session, events });
    if (read !== undefined) read(block, line, session, to);
    else if (typeof block.tool_use_id === 'string') serverResult(block, line, session, to);
    else unknownBlock('assistant', block, events);
  }
  if (typeof line.error === 'string') {
    events.log('WARNING', `API error: ${line.error}`, { event_type: 'api_error' });
  }
  addUsage(message, { session, events, isTranscript: isTranscript(line) });
}

/** A `user` line: results of tools, and prompts (typed, synthetic, or given to a sub-agent). */
export function userLine(line: JsonObject, session: Session, events: LineEvents): void {
  const message = messageOf(line, events);
  for (const block of blocksOf(message?.content)) {
    const read = USER_READERS.get(asText(block.type) ?? '');
    if (read === undefined) unknownBlock('user', block, events);
    else read(block, line, session, eventsOfBlock(block, line, { session, events }));
  }
}

function messageOf(line: JsonObject, events: LineEvents): JsonObject | undefined {
  const message = asObject(line.message);
  if (message === undefined) {
    events.log('WARNING', `${asText(line.type)} line without a message`, { event_type: 'unknown_line' });
  }
  return message;
}

function thinking(block: JsonObject, session: Session, events: LineEvents): void {
  const content = asText(block.thinking) ?? '';
  if (content !== '') {
    session.sequence += 1;
    events.add('thinking_block', {
      content: firstChars(content, events.textCharsMax),
      ...cutOf(content, events.textCharsMax),
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
  const max = events.textCharsMax;
  events.add('text_block', { content: firstChars(content, max), ...cutOf(content, max), sequence: session.sequence });
}

function toolUse(block: JsonObject, line: JsonObject, session: Session, events: LineEvents): void {
  const name = firstChars(asText(block.name) ?? 'unknown', 200);
  const id = asText(block.id);
  const call = { name, input: asObject(block.input) ?? {}, startedAt: events.time, lineUuid: asText(line.uuid) };
  if (id !== undefined) openTool(session, id, call);
  const { value, ...cut } = bounded(block.input ?? {}, boundsOf(events.textCharsMax));
  events.add('tool_use_pre', { tool_name: name, tool_use_id: id ?? null, input: value, ...cut });
}

function prompt(content: string, line: JsonObject, events: LineEvents): void {
  events.log('INFO', content, {
    event_type: 'prompt',
    ...(line.isSynthetic === true ? { synthetic: true } : {}),
    ...(line.isReplay === true ? { replay: true } : {}),
  });
}

function modelOf(fallback: unknown): string {
  return word(asObject(fallback)?.model, 'a model');
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

function addUsage(
  message: JsonObject,
  { session, events, isTranscript }: { session: Session; events: LineEvents; isTranscript: boolean },
): void {
  const id = asText(message.id);
  const usage = readUsage(message.usage);
  if (id === undefined || usage === undefined || isMessageTold(id, events, session)) return;
  const { model = '', parentToolUseId: agent, sessionId } = events.scope;
  const { ms, timing } = events.time;
  const request = { model, ms: timing === 'exact' || timing === 'observed' ? ms : undefined };
  const costUsd = priceOfUsage(message.usage, request, session.price);
  const totals = session.usage.take(id, { sessionId, agent }, { tokens: usage, costUsd });
  if (totals === undefined) return;
  events.add('usage_update', {
    message_id: id,
    usage,
    totals: totals.tokens,
    estimated: true,
    context_tokens: usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
    cost_usd: totals.costUsd,
    ...(isTranscript ? { is_transcript: true } : {}),
  });
}
