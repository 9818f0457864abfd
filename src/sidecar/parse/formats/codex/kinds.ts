import { asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { type LineReader, logged, quote, type Report, unknownOnce } from '../../session/report.ts';
import { startSession } from '../../session/started.ts';
import { retryReport } from '../../session/waiting.ts';
import { turnCompleted, turnFailed } from './end.ts';
import { ITEM_KINDS, type ItemReader, type ItemState } from './items.ts';
import type { CodexSession } from './session.ts';

/**
 * Every kind of line that Codex writes, and what becomes of it. Source: `ThreadEvent` of the typings of
 * `@openai/codex-sdk`; `test/pi-codex/kinds.types.ts` does not compile while one is missing here.
 */
export const LINE_KINDS = {
  'thread.started': (_line, session, events) => {
    session.processes += 1;
    begin(session, events);
  },
  'turn.started': (_line, session, events) => {
    if (session.isOver) begin(session, events);
  },
  'turn.completed': turnCompleted,
  'turn.failed': turnFailed,
  'item.started': item('started'),
  'item.updated': item('updated'),
  'item.completed': item('completed'),
  error: logged('WARNING', problem),
} satisfies Readonly<Record<string, LineReader<CodexSession>>>;

const READERS: ReadonlyMap<string, LineReader<CodexSession>> = new Map<string, LineReader<CodexSession>>(
  Object.entries(LINE_KINDS),
);
const ITEMS: ReadonlyMap<string, ItemReader> = new Map(Object.entries(ITEM_KINDS));

/** Adds the events of a line that has a type. One of no known kind is named in a WARNING, never dropped. */
export function interpretLine(line: JsonObject, session: CodexSession, events: LineEvents): void {
  const type = asText(line.type) ?? '';
  const read = READERS.get(type);
  if (read === undefined) unknownOnce(type, session, events);
  else read(line, session, events);
}

function begin(session: CodexSession, events: LineEvents): void {
  session.isOver = false;
  session.answer = undefined;
  session.todos = '';
  // A thread's counts go on where it is resumed, in whatever file.
  startSession({ agent: 'Codex', totalsGoOn: true }, events);
}

function item(state: ItemState): LineReader<CodexSession> {
  return (line, session, events) => {
    const one = asObject(line.item) ?? {};
    const type = asText(one.type) ?? '';
    const read = ITEMS.get(type);
    if (read === undefined) unknownOnce(type, session, events, 'item');
    else read(one, state, session, events);
  };
}

/** `error`: a connection that failed and is tried again, or what the turn will fail of. */
function problem(line: JsonObject, events: LineEvents): Report {
  const message = quote(line.message);
  const [, attempt, attemptsMax, why = ''] =
    /^Reconnecting\.\.\. (\d{1,4})\/(\d{1,4})(?: \((.*)\))?/.exec(message) ?? [];
  if (attempt === undefined) return { message: message === '' ? 'error' : message };
  return retryReport({ attempt: Number(attempt), attemptsMax: Number(attemptsMax), why }, events);
}
