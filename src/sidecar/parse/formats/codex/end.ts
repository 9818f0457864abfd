import { asAmount, asObject, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { addUsage } from '../../session/add-usage.ts';
import { endSession } from '../../session/ended.ts';
import { quote } from '../../session/report.ts';
import { NO_USAGE, sumOfUsage, type Usage } from '../../session/usage.ts';
import { type CodexSession, threadOf } from './session.ts';

/** `turn.completed`: the answer is whole. Its counts are those of the thread since its begin, over every resumption. */
export function turnCompleted(line: JsonObject, session: CodexSession, events: LineEvents): void {
  const total = countTurn(usageOf(line.usage), session, events);
  endSession({ subtype: 'success', isError: false, result: session.answer, totalUsage: total }, events);
  session.isOver = true;
}

/** `turn.failed`: there will be no answer. What it used is in the counts of the thread's next turn. */
export function turnFailed(line: JsonObject, session: CodexSession, events: LineEvents): void {
  const why = quote(asObject(line.error)?.message) || 'the turn failed';
  endSession({ subtype: 'error', isError: true, why, errors: [why] }, events);
  session.isOver = true;
}

/** Adds what a turn used. @returns the thread's counts by this file; undefined where no line of it told of any */
function countTurn(said: Usage, session: CodexSession, events: LineEvents): Usage | undefined {
  const thread = threadOf(session);
  const names = Object.keys(NO_USAGE) as (keyof Usage)[];
  // Codex writes zeros where its provider told of no usage: they are no new beginning.
  if (names.every(name => said[name] === 0)) return known(sumOfUsage(thread.carried, thread.said));
  // Older versions began at zero where a thread was resumed.
  if (names.some(name => said[name] < thread.said[name])) {
    thread.carried = sumOfUsage(thread.carried, thread.said);
    thread.said = NO_USAGE;
  }
  const gained = Object.fromEntries(names.map(name => [name, said[name] - thread.said[name]])) as Usage;
  thread.said = said;
  session.counted += 1;
  const messageId = `turn ${session.counted}`;
  addUsage(
    { messageId, tokens: gained, costUsd: null, fields: { estimated: false, context_tokens: null } },
    session,
    events,
  );
  return sumOfUsage(thread.carried, said);
}

function known(usage: Usage): Usage | undefined {
  return Object.values(usage).some(count => count > 0) ? usage : undefined;
}

/** Tokens as Anthropic counts them: those of the cache are none of the input. */
function usageOf(value: unknown): Usage {
  const usage = asObject(value);
  const count = (name: string): number => asAmount(usage?.[name]) ?? 0;
  const [cached, written] = [count('cached_input_tokens'), count('cache_write_input_tokens')];
  return {
    input_tokens: Math.max(0, count('input_tokens') - cached - written),
    output_tokens: count('output_tokens'),
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
  };
}
