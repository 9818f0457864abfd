import type { JsonObject } from '../json.ts';
import type { LineEvents } from '../line-events.ts';
import { bounded, cutOf, firstChars } from '../preview.ts';
import { counted } from './report.ts';
import type { Usage } from './usage.ts';

/** How a session ended. What is absent was not said. */
export interface SessionEnd {
  /** `success`, or the program's word for why not. */
  readonly subtype: string;
  readonly isError: boolean;
  /** Why it failed, on one line. */
  readonly why?: string | undefined;
  /** What the agent said last. */
  readonly result?: string | undefined;
  readonly turns?: number | undefined;
  /** ms */
  readonly durationMs?: number | undefined;
  /** ms that the API took of it */
  readonly apiMs?: number | undefined;
  /** US dollars, as the program says. */
  readonly costUsd?: number | undefined;
  readonly usage?: Usage | undefined;
  readonly modelUsage?: JsonObject | undefined;
  /** All that the session used so far, where the lines say it of no model. */
  readonly totalUsage?: Usage | undefined;
  readonly permissionDenials?: readonly unknown[];
  readonly errors?: readonly unknown[];
  readonly stopReason?: string | undefined;
  readonly terminalReason?: string | undefined;
  /** What else the event carries. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Adds a session's end: `session_ended`, an entry for the log, and a summary. */
export function endSession(end: SessionEnd, events: Pick<LineEvents, 'add' | 'log'>): void {
  const { subtype, isError, result, turns = null, durationMs = null, costUsd = null } = end;
  events.add('session_ended', {
    subtype,
    is_error: isError,
    result: result === undefined ? null : firstChars(result),
    ...cutOf(result ?? ''),
    num_turns: turns,
    duration_ms: durationMs,
    duration_api_ms: end.apiMs ?? null,
    total_cost_usd: costUsd,
    usage: end.usage ?? null,
    model_usage: end.modelUsage === undefined ? null : (bounded(end.modelUsage).value as JsonObject),
    ...(end.totalUsage === undefined ? {} : { total_usage: end.totalUsage }),
    permission_denials: [...(bounded(end.permissionDenials ?? []).value as unknown[])],
    errors: [...(bounded(end.errors ?? []).value as unknown[])],
    stop_reason: end.stopReason ?? null,
    terminal_reason: end.terminalReason ?? null,
    ...end.fields,
  });
  const figures = [
    turns === null ? '' : counted(turns, 'turn'),
    durationMs === null ? '' : `${Math.round(durationMs / 100) / 10} s`,
    costUsd === null ? '' : `$${costUsd.toFixed(4)}`,
  ].filter(figure => figure !== '');
  const how = isError ? `failed: ${end.why ?? subtype}` : 'completed';
  const message = `session ${how}${figures.length > 0 ? ` (${figures.join(', ')})` : ''}`;
  events.log(isError ? 'ERROR' : 'SUCCESS', message, { event_type: 'session_ended' });
  events.add('agent_summary_update', {
    summary: firstChars(result !== undefined && result !== '' ? result : message),
    status: isError ? 'failed' : 'completed',
    message,
    metadata: { num_turns: turns, duration_ms: durationMs, total_cost_usd: costUsd },
  });
}
