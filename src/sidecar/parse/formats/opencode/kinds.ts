import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import { type LineEvents, ofMessage } from '../../line-events.ts';
import { firstChars } from '../../preview.ts';
import { addUsage } from '../../session/add-usage.ts';
import { endSession, type SessionEnd } from '../../session/ended.ts';
import { quoteFirst, unknownOnce, word } from '../../session/report.ts';
import { addText, addThinking } from '../../session/says.ts';
import { startSession } from '../../session/started.ts';
import { NO_USAGE, sumOfUsage, type Usage } from '../../session/usage.ts';
import { elapsedMs } from '../../time.ts';
import type { OpenCodeSession, OpenRun } from './session.ts';
import { isRefused, toolUse } from './tool-line.ts';

/** What a line says beside its `part`. @returns whether the run ends with it */
type PartReader = (part: JsonObject, run: OpenRun, session: OpenCodeSession, events: LineEvents) => boolean;

/** A reader for parts that end nothing. */
const goesOn =
  (read: (part: JsonObject, run: OpenRun, session: OpenCodeSession, events: LineEvents) => void): PartReader =>
  (part, run, session, events) => {
    read(part, run, session, events);
    return false;
  };

/**
 * Every kind of line that OpenCode prints with a part, by the part's type. Its maker publishes types of parts alone
 * (`Part` of `@opencode-ai/sdk`), and none says which of them are printed: `run` in its source does.
 */
export const PART_KINDS = {
  'step-start': goesOn(() => undefined),
  'step-finish': stepFinish,
  text: goesOn((part, run, session, events) => {
    const text = asText(part.text) ?? '';
    if (text.trim() === '') return;
    run.answer = text;
    addText(text, session, ofMessage(events, asText(part.messageID)));
  }),
  reasoning: goesOn((part, _run, session, events) => {
    const text = asText(part.text) ?? '';
    // Some providers keep to themselves what was thought.
    if (text.trim() !== '') addThinking(text, session, ofMessage(events, asText(part.messageID)));
  }),
  tool: goesOn((part, run, session, events) => {
    run.isRefused ||= isRefused(part);
    toolUse(part, session, events);
  }),
} satisfies Readonly<Record<string, PartReader>>;

const READERS: ReadonlyMap<string, PartReader> = new Map(Object.entries(PART_KINDS));

/** Why a step ends and its answer goes on: as the program's own loop decides. */
const GOES_ON: ReadonlySet<string> = new Set(['tool-calls', 'unknown']);

/** Adds the events of a line that has a type. @returns whether the run ends with it */
export function interpretLine(line: JsonObject, session: OpenCodeSession, events: LineEvents): boolean {
  if (line.type === 'error') return errorLine(line, session, events);
  const part = asObject(line.part);
  const read = READERS.get(asText(part?.type) ?? '');
  if (part === undefined || read === undefined) {
    unknownOnce(asText(part?.type) ?? asText(line.type) ?? '', session, events);
    return false;
  }
  const id = asText(part.id);
  if (id !== undefined && session.told.has(id)) return false;
  if (id !== undefined) session.told.set(id, true);
  const run = runOf(session, events);
  const ends = read(part, run, session, events);
  if (ends) session.run = undefined;
  return ends;
}

/** The run that a line belongs to. No line says that one begins: the first does, and the first after an end. */
function runOf(session: OpenCodeSession, events: LineEvents): OpenRun {
  if (session.run !== undefined) return session.run;
  startSession({ agent: 'OpenCode' }, events);
  session.run = { startedAt: events.time, steps: 0, usage: NO_USAGE, answer: undefined, isRefused: false };
  return session.run;
}

/** `step_finish`: what a request used, and whether the answer is whole. */
function stepFinish(part: JsonObject, run: OpenRun, session: OpenCodeSession, events: LineEvents): boolean {
  const tokens = usageOf(part.tokens);
  const cost = asAmount(part.cost);
  // A model without a price costs nothing there: its cost is not known.
  const isKnown = cost !== undefined && (cost > 0 || Object.values(tokens).every(count => count === 0));
  run.steps += 1;
  run.usage = sumOfUsage(run.usage, tokens);
  // A message may have several steps.
  const messageId = asText(part.id) ?? `step ${run.steps}`;
  const used = { messageId, tokens, costUsd: isKnown ? cost : null, fields: { estimated: false } };
  addUsage(used, session, ofMessage(events, asText(part.messageID)));
  const reason = word(part.reason, 'unknown');
  if (run.isRefused) return end({ ...REFUSED, stopReason: reason }, run, session, events);
  if (GOES_ON.has(reason)) return false;
  const isError = reason === 'error';
  return end({ subtype: isError ? 'error' : 'success', isError, stopReason: reason }, run, session, events);
}

const REFUSED = { subtype: 'permission_rejected', isError: true, why: 'a permission was refused' };

/** `error`: what ended the answer; but a conversation that is too long is made shorter, and goes on. */
function errorLine(line: JsonObject, session: OpenCodeSession, events: LineEvents): boolean {
  const error = asObject(line.error) ?? {};
  const data = asObject(error.data);
  const name = word(error.name, 'error');
  const why = quoteFirst(data?.message, error.message, line.error) || name;
  const before = session.run;
  if (name === 'ContextOverflowError') {
    const waiting = { for: 'compaction' as const, message: why };
    events.log('WARNING', why, { event_category: 'system', event_type: name, waiting });
    return false;
  }
  const run = before ?? runOf(session, events);
  events.log('ERROR', why, { event_category: 'system', event_type: name, ...statusOf(data) });
  const ended = end({ subtype: firstChars(name, 100), isError: true, why, errors: [why] }, run, session, events);
  session.run = undefined;
  return ended;
}

function statusOf(data: JsonObject | undefined): JsonObject {
  const status = asAmount(data?.statusCode);
  return status === undefined ? {} : { details: { statusCode: status } };
}

function end(
  how: Pick<SessionEnd, 'subtype' | 'isError' | 'why' | 'errors' | 'stopReason'>,
  run: OpenRun,
  session: OpenCodeSession,
  events: LineEvents,
): true {
  const { sessionId, usage } = session;
  endSession(
    {
      ...how,
      result: how.isError ? undefined : run.answer,
      turns: run.steps,
      durationMs: elapsedMs(run.startedAt, events.time) ?? undefined,
      // Of all of the session's runs in this file, as Claude Code says it.
      costUsd: usage.totalsOf({ sessionId, agent: undefined }).costUsd ?? undefined,
      usage: run.usage,
    },
    events,
  );
  return true;
}

/** Tokens as Anthropic counts them: what was thought is output. */
function usageOf(value: unknown): Usage {
  const tokens = asObject(value);
  const cache = asObject(tokens?.cache);
  const count = (amount: unknown): number => asAmount(amount) ?? 0;
  return {
    input_tokens: count(tokens?.input),
    output_tokens: count(tokens?.output) + count(tokens?.reasoning),
    cache_read_input_tokens: count(cache?.read),
    cache_creation_input_tokens: count(cache?.write),
  };
}
