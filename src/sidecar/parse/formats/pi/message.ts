import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { outputText } from '../../session/output.ts';
import { colon, quote, quoteFirst, unknownOnce, word } from '../../session/report.ts';
import { addPrompt, addText, addThinking } from '../../session/says.ts';
import type { PiSession } from './session.ts';
import { addUsed } from './usage.ts';

/** Interprets a whole message. */
type MessageReader = (message: JsonObject, session: PiSession, events: LineEvents) => void;
/** Interprets one block of an answer. */
type BlockReader = (block: JsonObject, session: PiSession, events: LineEvents) => void;

/** A reader for messages that only report something. */
const said =
  (tell: (message: JsonObject) => string): MessageReader =>
  (message, _session, events) =>
    events.log('INFO', tell(message), { event_category: 'system', event_type: asText(message.role) ?? null });

/** Every role that a message may have. Source: `AgentMessage` of the typings; extensions may have roles of their own. */
export const MESSAGE_ROLES = {
  assistant: answer,
  user: (message, _session, events) => addPrompt(outputText(message.content), events),
  // The line of the call's end said the rest.
  toolResult: (message, session, events) => {
    const usage = asObject(message.usage);
    if (usage !== undefined) addUsed(usage, asText(message.toolCallId), session, events);
  },
  // The same for every run: what it may do, and where its manual lies.
  system: () => undefined,
  bashExecution: said(message => `ran ${quote(message.command)}`),
  custom: said(message => `${word(message.customType, 'extension')}${colon(quote(outputText(message.content)))}`),
  branchSummary: said(message => `summary of a branch${colon(quote(message.summary))}`),
  compactionSummary: said(message => `summary of the conversation${colon(quote(message.summary))}`),
} satisfies Readonly<Record<string, MessageReader>>;

/** Every block of an answer. Source: `AssistantMessage` of the typings. */
export const ANSWER_BLOCKS = {
  text: (block, session, events) => {
    const text = asText(block.text) ?? '';
    if (text !== '') addText(text, session, events);
  },
  thinking: (block, session, events) => addThinking(asText(block.thinking) ?? '', session, events),
  // Told when it runs.
  toolCall: () => undefined,
} satisfies Readonly<Record<string, BlockReader>>;

const ROLES: ReadonlyMap<string, MessageReader> = new Map(Object.entries(MESSAGE_ROLES));
const BLOCKS: ReadonlyMap<string, BlockReader> = new Map(Object.entries(ANSWER_BLOCKS));

/** `message_end`: a message is whole. */
export function messageEnd(line: JsonObject, session: PiSession, events: LineEvents): void {
  const message = asObject(line.message) ?? {};
  const role = asText(message.role) ?? '';
  const read = ROLES.get(role);
  if (read === undefined) unknownOnce(role, session, events, 'message role');
  else read(message, session, events);
}

/** What the agent said: its blocks, what went wrong, and what it used. */
function answer(message: JsonObject, session: PiSession, events: LineEvents): void {
  session.turns += 1;
  const blocks = asArray(message.content)
    .map(asObject)
    .filter(block => block !== undefined);
  for (const block of blocks) {
    const type = asText(block.type) ?? '';
    const read = BLOCKS.get(type);
    if (read === undefined) unknownOnce(type, session, events, 'block');
    else read(block, session, events);
  }
  const text = blocks
    .filter(({ type }) => type === 'text')
    .map(block => asText(block.text) ?? '')
    .join('\n');
  const stopReason = word(message.stopReason, 'unknown');
  const errorMessage = quoteFirst(message.errorMessage);
  session.last = { text, stopReason, errorMessage };
  if (stopReason === 'error') events.log('WARNING', `API error${colon(errorMessage)}`, { event_type: 'api_error' });
  const usage = asObject(message.usage);
  if (usage !== undefined) addUsed(usage, asText(message.responseId), session, events);
}
