import { isDatedByOnlooker } from '../../../src/event/types.ts';
import type { RowTable } from '../data/row-table.ts';

/** Where the time of the run's sessions went, ms. */
export interface TimeSpent {
  model: number;
  tools: number;
  hooks: number;
  waits: number;
  idle: number;
}

/**
 * Splits the time between a role's events: while a hook runs it goes to hooks, while a call is open to tools, after an
 * API retry to waits, else to the model; silence longer than a person would wait for a model is idle. Parallel roles add up.
 */
export function timeSpent(table: RowTable, limit: number): TimeSpent {
  const spent: TimeSpent = { model: 0, tools: 0, hooks: 0, waits: 0, idle: 0 };
  const roles = new Map<string, { last: number; open: Set<string>; hooks: number; waiting: boolean }>();
  for (let at = 0; at < limit; at++) {
    const { role, type, t: time, useId, summary, level } = table.rowData[at]!;
    if (role === '' || Number.isNaN(time) || type === 'agent_output_chunk' || isDatedByOnlooker(type)) continue;
    const state = roles.get(role) ?? { last: time, open: new Set<string>(), hooks: 0, waiting: false };
    roles.set(role, state);
    const passed = Math.max(0, time - state.last);
    if (state.hooks > 0) spent.hooks += passed;
    else if (state.open.size > 0) spent.tools += passed;
    else if (state.waiting) spent.waits += passed;
    else if (passed > IDLE_MS || type === 'attempt_started') spent.idle += passed;
    else spent.model += passed;
    state.last = Math.max(state.last, time);
    if (type === 'tool_use_pre' && useId) state.open.add(useId);
    if (type === 'tool_use_post' && useId) state.open.delete(useId);
    const hook = type === 'agent_log' ? HOOK.exec(summary)?.[1] : undefined;
    if (hook !== undefined) state.hooks = Math.max(0, state.hooks + (hook === 'started' ? 1 : -1));
    if (type === 'session_ended' || type === 'attempt_started') {
      state.open.clear();
      state.hooks = 0;
    }
    state.waiting = level === 'WARNING' && /retry|rate.?limit/i.test(summary);
  }
  return spent;
}

/** What the sidecar says of a hook that begins or ends. */
const HOOK = /^hook \S+ (started|done|failed)\b/;

/** A model that thinks longer than this without a word has, as far as the lines tell, stopped. */
const IDLE_MS = 300_000;
