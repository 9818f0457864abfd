import type { JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { endSession } from '../../session/ended.ts';
import { quote } from '../../session/report.ts';
import { NO_USAGE } from '../../session/usage.ts';
import { type PiSession, spendingOf } from './session.ts';
import { runMs } from './time.ts';

/** How an answer ends that is none, by `stopReason`. */
const FAILURES: Readonly<Record<string, string>> = {
  error: 'error',
  aborted: 'aborted',
  // As Pi's own exit code says.
  length: 'max_output_tokens',
};

/** `agent_end`: the answer to a prompt is whole, or will never be; unless the program tries again. */
export function agentEnd(line: JsonObject, session: PiSession, events: LineEvents): void {
  if (line.willRetry === true) return;
  const { last, turns } = session;
  const spending = spendingOf(session);
  const failure = last === undefined ? undefined : FAILURES[last.stopReason];
  const why = quote(last?.errorMessage) || undefined;
  const costs = [...spending.models.values()].map(({ costUsd }) => costUsd);
  const isPriced = costs.length > 0 && costs.every(cost => cost !== null);
  endSession(
    {
      subtype: failure ?? 'success',
      isError: failure !== undefined,
      ...(failure === undefined ? {} : { why: why ?? failure, errors: why === undefined ? [] : [why] }),
      result: failure === undefined ? last?.text : undefined,
      turns,
      durationMs: runMs(line),
      // Of all that the session did in this file, as Claude Code says it; the usage is of this run alone.
      costUsd: isPriced ? costs.reduce((sum, cost) => sum + cost, 0) : undefined,
      usage: spending.sinceEnd,
      modelUsage: modelUsage(session),
      stopReason: last?.stopReason === 'toolUse' ? 'tool_use' : last?.stopReason,
    },
    events,
  );
  spending.sinceEnd = NO_USAGE;
  session.turns = 0;
  session.last = undefined;
  session.isOver = true;
}

/** What each model used, as results of Claude Code have it. */
function modelUsage(session: PiSession): JsonObject {
  const models = [...spendingOf(session).models].filter(([model]) => model !== '');
  return Object.fromEntries(
    models.map(([model, { tokens, costUsd }]) => [
      model,
      {
        inputTokens: tokens.input_tokens,
        outputTokens: tokens.output_tokens,
        cacheReadInputTokens: tokens.cache_read_input_tokens,
        cacheCreationInputTokens: tokens.cache_creation_input_tokens,
        ...(costUsd === null ? {} : { costUSD: costUsd }),
      },
    ]),
  );
}
