import { asAmount, asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import {
  colon,
  counted,
  type LineReader,
  livesOn,
  logged,
  quote,
  type Report,
  unknownOnce,
  word,
} from '../../session/report.ts';
import { startSession } from '../../session/started.ts';
import { retryReport } from '../../session/waiting.ts';
import { agentEnd } from './end.ts';
import { messageEnd } from './message.ts';
import type { PiSession } from './session.ts';
import { toolEnd, toolStart } from './tool-lines.ts';
import { addUsed } from './usage.ts';

/**
 * Every kind of line that Pi writes, and what becomes of it. Source: `JsonAgentSessionEvent` and `SessionHeader` of the
 * typings of `@earendil-works/pi-coding-agent`; `test/pi-codex/kinds.types.ts` does not compile while one is missing here.
 */
export const LINE_KINDS = {
  session: (line, session, events) => begin(asText(line.cwd), session, events),
  agent_start: (_line, session, events) => {
    // A process may be given several prompts, and goes on after it has ended.
    if (session.isOver) begin(session.cwd, session, events);
  },
  turn_start: livesOn,

  // What is said and done: the end of a message has all of it, its other lines nothing more.
  message_start: livesOn,
  message_update: livesOn,
  message_end: messageEnd,
  tool_execution_start: toolStart,
  tool_execution_update: livesOn,
  tool_execution_end: toolEnd,
  turn_end: livesOn,
  agent_end: agentEnd,
  agent_settled: livesOn,

  // Why it does not go on.
  auto_retry_start: logged('WARNING', retry, ['attempt', 'maxAttempts', 'delayMs', 'errorMessage']),
  auto_retry_end: logged('INFO', retryEnd),
  summarization_retry_scheduled: logged('WARNING', retry, ['attempt', 'maxAttempts', 'delayMs', 'errorMessage']),
  summarization_retry_attempt_start: logged('INFO', compacting),
  summarization_retry_finished: logged('DEBUG', () => 'the summary was written'),
  compaction_start: logged('INFO', compacting),
  compaction_end: (line, session, events) => {
    logged('INFO', compacted)(line, session, events);
    const usage = asObject(asObject(line.result)?.usage);
    if (usage !== undefined) addUsed(usage, undefined, session, events);
  },

  // Its own settings and queue.
  queue_update: logged('DEBUG', queued),
  entry_appended: logged('DEBUG', line => `note of an extension${colon(word(asObject(line.entry)?.customType, ''))}`),
  session_info_changed: logged('INFO', line => `session is named ${word(line.name, 'nothing')}`),
  thinking_level_changed: logged('INFO', line => `thinking level${colon(word(line.level, 'unknown'))}`),

  // Of its other mode alone.
  bash_execution_update: livesOn,
  extension_error: logged('WARNING', line => `an extension failed${colon(quote(line.error))}`, [
    'extensionPath',
    'event',
  ]),
} satisfies Readonly<Record<string, LineReader<PiSession>>>;

const READERS: ReadonlyMap<string, LineReader<PiSession>> = new Map<string, LineReader<PiSession>>(
  Object.entries(LINE_KINDS),
);

/** Adds the events of a line that has a type. One of no known kind is named in a WARNING, never dropped. */
export function interpretLine(line: JsonObject, session: PiSession, events: LineEvents): void {
  const type = asText(line.type) ?? '';
  const read = READERS.get(type);
  if (read === undefined) unknownOnce(type, session, events);
  else read(line, session, events);
}

function begin(cwd: string | undefined, session: PiSession, events: LineEvents): void {
  session.cwd = cwd ?? session.cwd;
  session.isOver = false;
  session.turns = 0;
  session.last = undefined;
  startSession({ agent: 'Pi', cwd }, events);
}

function retry(line: JsonObject, events: LineEvents): Report {
  const { attempt, maxAttempts: attemptsMax, delayMs } = line;
  return retryReport({ attempt, attemptsMax, delayMs: asAmount(delayMs), why: quote(line.errorMessage) }, events);
}

function retryEnd(line: JsonObject): Report {
  if (line.success === true) return { message: `the API answers, at attempt ${word(line.attempt, '?')}` };
  return { level: 'WARNING', message: `no more retries${colon(quote(line.finalError))}` };
}

function compacting(line: JsonObject): Report {
  const why = word(line.reason, word(line.source, ''));
  return { message: `compacts the conversation${why === '' ? '' : ` (${why})`}`, waiting: { for: 'compaction' } };
}

function compacted(line: JsonObject): Report {
  if (line.aborted === true) return { level: 'WARNING', message: 'compaction was aborted' };
  const result = asObject(line.result);
  if (result === undefined) return { level: 'WARNING', message: `compaction failed${colon(quote(line.errorMessage))}` };
  const [before, after] = [asAmount(result.tokensBefore), asAmount(result.estimatedTokensAfter)];
  const size = before === undefined ? '' : ` at ${before} tokens`;
  const left = after === undefined ? '' : `, about ${after} left`;
  return { message: `conversation compacted (${word(line.reason, 'unknown trigger')})${size}${left}` };
}

function queued(line: JsonObject): string {
  return `${counted(asArray(line.steering).length + asArray(line.followUp).length, 'message')} queued`;
}
