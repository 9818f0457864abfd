import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, cutOf, firstChars, firstLine } from '../../preview.ts';
import { readUsage } from './usage.ts';

/**
 * A `result` line: `session_ended`, a line for the log, and a summary. A session succeeded only with subtype `success`
 * and without `is_error`. Several may follow each other in one file: the last one holds, costs are cumulative.
 */
export function resultLine(line: JsonObject, events: Pick<LineEvents, 'add' | 'log'>): void {
  const subtype = firstChars(asText(line.subtype) ?? 'unknown', 100);
  const failed = subtype !== 'success' || line.is_error === true;
  const text = asText(line.result);
  const errors = asArray(line.errors);
  const turns = asNumber(line.num_turns) ?? null;
  const durationMs = asNumber(line.duration_ms) ?? null;
  const cost = asNumber(line.total_cost_usd) ?? null;
  events.add('session_ended', {
    subtype,
    is_error: failed,
    result: text === undefined ? null : firstChars(text),
    ...cutOf(text ?? ''),
    num_turns: turns,
    duration_ms: durationMs,
    duration_api_ms: asNumber(line.duration_api_ms) ?? null,
    total_cost_usd: cost,
    usage: readUsage(line.usage) ?? null,
    model_usage: asObject(line.modelUsage) === undefined ? null : (bounded(line.modelUsage).value as JsonObject),
    permission_denials: [...(bounded(asArray(line.permission_denials)).value as unknown[])],
    errors: [...(bounded(errors).value as unknown[])],
    stop_reason: asText(line.stop_reason) ?? null,
    terminal_reason: asText(line.terminal_reason) ?? null,
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

/** Why a session failed, on one line. */
function failure(subtype: string, text: string | undefined, errors: readonly unknown[]): string {
  const said = text !== undefined && text !== '' ? text : errors.find(error => typeof error === 'string');
  const why = typeof said === 'string' ? firstLine(said, 300) : '';
  return why === '' ? subtype : subtype === 'success' ? why : `${subtype}: ${why}`;
}
