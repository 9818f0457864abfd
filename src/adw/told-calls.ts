import { entryOf, type Fields, fieldsOf, textOf } from './read.ts';
import type { AdwState, AttemptState, PostedCall } from './state.ts';

/** Calls kept of those that clients posted, the newest. Prevents a client that posts for ever from filling memory. */
export const POSTED_CALLS_MAX = 2_000;
/** Calls kept of those that agents' lines told of, the newest: a client posts its own at the same time. */
const RECENT_MAX = 64;

/** Whether an event was made of an agent's line, and not posted by a client. */
export function isOfLine(data: Fields): boolean {
  return textOf(fieldsOf(data.source).path) !== null;
}

/** Whether a client posts what the agent's own lines have told of already. */
export function isToldByLines({ calls }: AdwState, data: Fields): boolean {
  const id = textOf(data.tool_use_id, 128);
  return id !== null && !isOfLine(data) && calls.recent.includes(id);
}

/** Notes that lines tell of a call. What a client posted of it is taken back: the lines know the role, and how it ended. */
export function lineTells(state: AdwState, data: Fields): void {
  const id = textOf(data.tool_use_id, 128);
  if (id === null || !isOfLine(data)) return;
  const { calls } = state;
  if (!calls.recent.includes(id)) calls.recent.push(id);
  if (calls.recent.length > RECENT_MAX) calls.recent.shift();
  const posted = calls.posted.filter(call => call.id === id);
  if (posted.length === 0) return;
  clientWithdraws(state, id);
  for (const one of posted) takeBack(state, one);
}

/** Notes how a call was counted that a client posted. */
export function clientTells({ calls }: AdwState, call: Omit<PostedCall, 'failed' | 'durationMs'>): void {
  calls.posted.push({ ...call, failed: false, durationMs: 0 });
  if (calls.posted.length > POSTED_CALLS_MAX) calls.posted.shift();
}

/** Forgets a call that a client posted: it was no work, or is counted otherwise now. */
export function clientWithdraws({ calls }: AdwState, id: string): void {
  if (calls.posted.length > 0) calls.posted = calls.posted.filter(call => call.id !== id);
}

/** Notes how a call ended that a client posted. */
export function clientTellsEnd({ calls }: AdwState, id: string, end: Pick<PostedCall, 'failed' | 'durationMs'>): void {
  const call = calls.posted.findLast(one => one.id === id);
  if (call !== undefined) Object.assign(call, end);
}

function takeBack(state: AdwState, { id, role, attempt: number, tool, failed, durationMs }: PostedCall): void {
  const attempt = entryOf(state.roles, role)?.attempts.find(one => one.attempt === number);
  const totals = entryOf(state.tools, tool);
  state.counts.tools -= 1;
  if (failed) state.counts.toolErrors -= 1;
  if (totals !== undefined) {
    totals.calls -= 1;
    totals.durationMs -= durationMs;
    if (failed) totals.errors -= 1;
  }
  if (attempt !== undefined) forget(attempt, id, failed);
}

function forget(attempt: AttemptState, id: string, failed: boolean): void {
  attempt.tools -= 1;
  if (failed) attempt.toolErrors -= 1;
  attempt.open = attempt.open.filter(call => call.id !== id);
  attempt.tasks = attempt.tasks.filter(({ toolUseId }) => toolUseId !== id);
}
