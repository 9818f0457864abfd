import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, firstChars, firstLine } from '../../preview.ts';
import { endSession } from '../../session/ended.ts';
import { readUsage, type Usage } from '../../session/usage.ts';

/**
 * A `result` line: its session has ended. It succeeded only with subtype `success`
 * and without `is_error`. Several may follow each other in one file: the last one holds, costs are cumulative.
 * A cost of nothing is one that is not known where tokens were used: a crash prints zeros, and so does a program that has no
 * price of its model.
 * @param hasUsed whether lines before it say that tokens were used
 */
export function resultLine(line: JsonObject, events: Pick<LineEvents, 'add' | 'log'>, hasUsed = false): void {
  const subtype = firstChars(asText(line.subtype) ?? 'unknown', 100);
  const isError = subtype !== 'success' || line.is_error === true;
  const result = asText(line.result);
  const errors = asArray(line.errors);
  const usage = readUsage(line.usage);
  const isUnknown = line.total_cost_usd === 0 && (hasUsed || namesTokens(line, usage));
  endSession(
    {
      ...{ subtype, isError, result, errors, usage },
      why: isError ? failure(subtype, result, errors) : undefined,
      turns: asNumber(line.num_turns),
      durationMs: asNumber(line.duration_ms),
      apiMs: asNumber(line.duration_api_ms),
      costUsd: isUnknown ? undefined : asNumber(line.total_cost_usd),
      modelUsage: asObject(line.modelUsage),
      permissionDenials: asArray(line.permission_denials),
      stopReason: asText(line.stop_reason),
      terminalReason: asText(line.terminal_reason),
      fields: extrasOf(line),
    },
    events,
  );
}

/** What only some results have: as they say it, cut to size. */
const EXTRAS = [
  'structured_output',
  'api_error_status',
  'api_error_type',
  'subagent_stats',
  'queued_turn_count',
  'deferred_tool_use',
] as const;

function extrasOf(line: JsonObject): JsonObject {
  const said = EXTRAS.filter(name => line[name] !== undefined && line[name] !== null);
  return Object.fromEntries(said.map(name => [name, bounded(line[name]).value]));
}

/** Whether a result says that tokens were used. */
function namesTokens({ modelUsage }: JsonObject, usage: Usage | undefined): boolean {
  return Object.values(usage ?? {}).some(count => count > 0) || Object.keys(asObject(modelUsage) ?? {}).length > 0;
}

/** Why a session failed, on one line. */
function failure(subtype: string, text: string | undefined, errors: readonly unknown[]): string {
  const said = text !== undefined && text !== '' ? text : errors.find(error => typeof error === 'string');
  const why = typeof said === 'string' ? firstLine(said, 300) : '';
  return why === '' ? subtype : subtype === 'success' ? why : `${subtype}: ${why}`;
}
