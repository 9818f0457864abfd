import type { EventLog } from './log.ts';

/** Where the time of the run's sessions went, ms. */
export interface TimeSpent {
  model: number;
  tools: number;
  waits: number;
  idle: number;
}

/**
 * Splits the time between a role's events: while a call is open it goes to tools, after an API retry to waits, else to
 * the model; silence longer than a person would wait for a model is idle. Parallel roles add up.
 */
export function timeSpent(log: EventLog, limit: number): TimeSpent {
  const spent: TimeSpent = { model: 0, tools: 0, waits: 0, idle: 0 };
  const roles = new Map<string, { last: number; open: Set<string>; waiting: boolean }>();
  for (let at = 0; at < limit; at++) {
    const role = log.role[at]!;
    const type = log.type[at]!;
    const time = log.t[at]!;
    if (role === '' || Number.isNaN(time) || type === 'agent_output_chunk' || type === 'adw_status') continue;
    const state = roles.get(role) ?? { last: time, open: new Set<string>(), waiting: false };
    roles.set(role, state);
    const passed = Math.max(0, time - state.last);
    if (state.open.size > 0) spent.tools += passed;
    else if (state.waiting) spent.waits += passed;
    else if (passed > IDLE_MS || type === 'attempt_started') spent.idle += passed;
    else spent.model += passed;
    state.last = Math.max(state.last, time);
    const fact = log.facts[at];
    if (type === 'tool_use_pre' && fact?.useId) state.open.add(fact.useId);
    if (type === 'tool_use_post' && fact?.useId) state.open.delete(fact.useId);
    if (type === 'session_ended' || type === 'attempt_started') state.open.clear();
    state.waiting = fact?.level === 'WARNING' && /retry|rate.?limit/i.test(fact.summary);
  }
  return spent;
}

/** A model that thinks longer than this without a word has, as far as anybody can see, stopped. */
const IDLE_MS = 300_000;
