import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { firstChars } from '../../preview.ts';
import { addUsage, pricedAt } from '../../session/add-usage.ts';
import { beginCall } from '../../session/calls.ts';
import { colon, counted, quote, word } from '../../session/report.ts';
import { addPrompt, addText, addThinking } from '../../session/says.ts';
import { priceOfUsage, readUsage } from '../../session/usage.ts';
import { takeBack } from './retracted.ts';
import type { ClaudeSession } from './session.ts';
import { toolResult } from './tool-result.ts';
import { eventsOfBlock, isMessageTold, isTranscript } from './transcript.ts';

/** Interprets one block of a message's content. */
type BlockReader = (block: JsonObject, line: JsonObject, session: ClaudeSession, events: LineEvents) => void;

/** A reader for blocks that only report something. */
const said =
  (tell: (block: JsonObject) => string): BlockReader =>
  (block, _line, _session, events) =>
    events.log('INFO', tell(block), { event_category: 'system', event_type: asText(block.type) ?? null });

/** What the API's own tools answer comes on the assistant's side: web_search_tool_result, mcp_tool_result, … */
const serverResult: BlockReader = (block, _line, session, events) => toolResult(block, undefined, session, events);

const thinking: BlockReader = (block, _line, session, events) =>
  addThinking(asText(block.thinking) ?? '', session, events);

/**
 * Every block of an assistant's message. Source: `BetaContentBlock` of `@anthropic-ai/sdk`;
 * `test/claude-code/kinds.types.ts` does not compile while one is missing here.
 */
export const ASSISTANT_BLOCKS = {
  text: (block, _line, session, events) => addText(asText(block.text) ?? '', session, events),
  thinking,
  redacted_thinking: thinking,
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
export function assistantLine(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
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
  usageOf(message, { session, events, isTranscript: isTranscript(line) });
}

/** A `user` line: results of tools, and prompts (typed, synthetic, or given to a sub-agent). */
export function userLine(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
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

function toolUse(block: JsonObject, line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const call = { id: asText(block.id), name: asText(block.name) ?? 'unknown', input: block.input };
  beginCall({ ...call, lineUuid: asText(line.uuid) }, session, events);
}

function prompt(content: string, line: JsonObject, events: LineEvents): void {
  addPrompt(content, events, {
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

function usageOf(
  message: JsonObject,
  { session, events, isTranscript }: { session: ClaudeSession; events: LineEvents; isTranscript: boolean },
): void {
  const messageId = asText(message.id);
  const tokens = readUsage(message.usage);
  if (messageId === undefined || tokens === undefined || isMessageTold(messageId, events, session)) return;
  const request = { model: events.scope.model ?? '', ms: pricedAt(events) };
  const costUsd = priceOfUsage(message.usage, request, session.price);
  const fields = isTranscript ? { is_transcript: true } : {};
  addUsage({ messageId, tokens, costUsd, fields }, session, events);
}
