import { asText, type JsonObject } from '../../json.ts';
import { type LineEvents, placed } from '../../line-events.ts';
import { type LineReader, quote, unknownOnce } from '../../session/report.ts';
import { addPrompt, addText } from '../../session/says.ts';
import { startSession } from '../../session/started.ts';
import { resultLine } from './result.ts';
import type { GeminiSession } from './session.ts';
import { toolResult, toolUse } from './tool-lines.ts';

/**
 * Every kind of line that Gemini CLI writes. Source: `JsonStreamEventType` of `@google/gemini-cli-core`;
 * `test/gemini-opencode/kinds.types.ts` does not compile while one is missing here.
 */
export const LINE_KINDS = {
  init: (_line, _session, events) => startSession({ agent: 'Gemini CLI' }, events),
  message,
  tool_use: toolUse,
  tool_result: toolResult,
  error: errorLine,
  result: resultLine,
} satisfies Readonly<Record<string, LineReader<GeminiSession>>>;

const READERS: ReadonlyMap<string, LineReader<GeminiSession>> = new Map(Object.entries(LINE_KINDS));

/** Adds the events of a line that has a type. One of no known kind is named in a WARNING. */
export function interpretLine(line: JsonObject, session: GeminiSession, events: LineEvents): void {
  if (!goesOn(line)) endText(session, events);
  const type = asText(line.type) ?? '';
  const read = READERS.get(type);
  if (read === undefined) unknownOnce(type, session, events);
  else read(line, session, events);
}

/** Whether a line is a piece of what the agent says: the pieces that follow each other are one text. */
function goesOn(line: JsonObject): boolean {
  return line.type === 'message' && line.role === 'assistant' && line.delta === true;
}

function message(line: JsonObject, session: GeminiSession, events: LineEvents): void {
  const content = asText(line.content) ?? '';
  if (line.role !== 'assistant') {
    addPrompt(content, events);
    return;
  }
  session.said ??= { pieces: [], place: events.place };
  session.said.pieces.push(content);
  session.said.place = events.place;
  // Whatever is no piece is whole.
  if (!goesOn(line)) endText(session, events);
}

/**
 * Tells the text that the pieces before this line are. Told once it is whole, since an event of the log never changes; where its last
 * piece stands.
 */
function endText(session: GeminiSession, events: LineEvents): void {
  const { said } = session;
  if (said === undefined) return;
  session.said = undefined;
  const text = said.pieces.join('');
  if (text.trim() === '') return;
  session.answer = text;
  addText(text, session, placed(events, said.place));
}

function errorLine(line: JsonObject, session: GeminiSession, events: LineEvents): void {
  const isWarning = line.severity === 'warning';
  const said = quote(line.message) || 'an error without a message';
  if (!isWarning) session.error = said;
  events.log(isWarning ? 'WARNING' : 'ERROR', said, { event_category: 'system', event_type: 'error' });
}
