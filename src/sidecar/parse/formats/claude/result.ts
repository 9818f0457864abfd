import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, cutOf, firstChars, firstLine } from '../../preview.ts';
import { readUsage, type Usage } from './usage.ts';

/**
 * A `result` line: `session_ended`, a line for the log, and a summary. A session succeeded only with subtype `success`
 * and without `is_error`. Several may follow each other in one file: the last one holds, costs are cumulative.
 * A cost of nothing is one that is not known where tokens were used: a crash prints zeros, and so does a program that has no
 * price of its model.
 * @param hasUsed whether lines before it say that tokens were used
 */
export function resultLine(line: JsonObject, events: Pick<LineEvents, 'add' | 'log'>, hasUsed = false): void {
  const subtype = firstChars(asText(line.subtype) ?? 'unknown', 100);
  const failed = subtype !== 'success' || line.is_error === true;
  const text = asText(line.result);
  const errors = asArray(line.errors);
  const turns = asNumber(line.num_turns) ?? null;
  const durationMs = asNumber(line.duration_ms) ?? null;
  const usage = readUsage(line.usage) ?? null;
  const isUnknown = line.total_cost_usd === 0 && (hasUsed || namesTokens(line, usage));
  const cost = isUnknown ? null : (asNumber(line.total_cost_usd) ?? null);
  events.add('session_ended', {
    subtype,
    is_error: failed,
    result: text === undefined ? null : firstChars(text),
    ...cutOf(text ?? ''),
    num_turns: turns,
    duration_ms: durationMs,
    duration_api_ms: asNumber(line.duration_api_ms) ?? null,
    total_cost_usd: cost,
    usage,
    model_usage: asObject(line.modelUsage) === undefined ? null : (bounded(line.modelUsage).value as JsonObject),
    permission_denials: [...(bounded(asArray(line.permission_denials)).value as unknown[])],
    errors: [...(bounded(errors).value as unknown[])],
    stop_reason: asText(line.stop_reason) ?? null,
    terminal_reason: asText(line.terminal_reason) ?? null,
    ...extrasOf(line),
  });
  const why = failed ? failure(subtype, text, errors) : '';
  const figures = [
    turns === null ? '' : `${turns} turns`,
    durationMs === null ? '' : `${Math.round(durationMs / 100) / 10} s`,
    cost === null ? '' : `$${cost.toFixed(4)}`,
  ].filter(figure => figure !== '');
  const message = `session ${failed ? `failed: ${why}` : 'completed'}${figures.length > 0 ? ` (${figures.join(', ')})` : ''}`;
  events.log(failed ? 'ERROR' : 'SUCCESS', message, { event_type: 'session_ended' });
  events.add('agent_summary_update', {
    summary: firstChars(text !== undefined && text !== '' ? text : message),
    status: failed ? 'failed' : 'completed',
    message,
    metadata: { num_turns: turns, duration_ms: durationMs, total_cost_usd: cost },
  });
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
function namesTokens({ modelUsage }: JsonObject, usage: Usage | null): boolean {
  return Object.values(usage ?? {}).some(count => count > 0) || Object.keys(asObject(modelUsage) ?? {}).length > 0;
}

/** Why a session failed, on one line. */
function failure(subtype: string, text: string | undefined, errors: readonly unknown[]): string {
  const said = text !== undefined && text !== '' ? text : errors.find(error => typeof error === 'string');
  const why = typeof said === 'string' ? firstLine(said, 300) : '';
  return why === '' ? subtype : subtype === 'success' ? why : `${subtype}: ${why}`;
}
