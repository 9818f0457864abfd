import { formatDuration } from './format.ts';
import { workflowRank } from './phase.ts';
import type { AdwState, AttemptState, RoleState } from './state.ts';
import type { AdwStatus, RoleStatus } from './summary-shape.ts';

/** A run that was silent for this many stall timeouts has ended: its process is gone and no result will come. */
export const STALLS_UNTIL_ENDED = 10;

/** The present, as far as the derived state depends on it. */
export interface Present {
  readonly nowMs: number;
  /** ms without an event after which something that runs counts as stalled. */
  readonly stallTimeoutMs: number;
}

/** The derived state of one attempt. Only the newest attempt of a role can run. */
export function attemptStatus(state: AdwState, role: RoleState, attempt: AttemptState, present: Present): RoleStatus {
  if (attempt.endedMs !== null || attempt.outcome !== null) return attempt.outcome === 'error' ? 'failed' : 'completed';
  if (attempt !== role.attempts.at(-1)) return 'ended_without_result';
  const silent = silence(attempt.lastMs, present);
  if (silent <= present.stallTimeoutMs) return 'running';
  const over = silent > present.stallTimeoutMs * STALLS_UNTIL_ENDED || wasPassedBy(state, role, attempt);
  return over ? 'ended_without_result' : 'stalled';
}

/** The derived state of a role: that of its newest attempt. */
export function roleStatus(state: AdwState, role: RoleState, present: Present): RoleStatus {
  const newest = role.attempts.at(-1);
  if (newest !== undefined) return attemptStatus(state, role, newest, present);
  const gone = silence(role.lastMs, present) > present.stallTimeoutMs * STALLS_UNTIL_ENDED;
  return gone ? 'ended_without_result' : 'pending';
}

/** The derived state of the ADW and why. What a workflow says of its end holds until a role begins after it. */
export function adwStatus(state: AdwState, present: Present): { status: AdwStatus; why: string } {
  const { workflow } = state;
  if (workflow !== null && workflow.status !== 'running' && holds(state)) {
    return { status: workflow.status, why: workflow.said || `the workflow says ${workflow.status}` };
  }
  const roles = Object.values(state.roles).map(role => ({ role, status: roleStatus(state, role, present) }));
  const running = lastOf(roles.filter(({ status }) => status === 'running'));
  if (running !== undefined) return { status: 'running', why: `${running.role.role} is running` };
  const stalled = lastOf(roles.filter(({ status }) => status === 'stalled'));
  if (stalled !== undefined) return { status: 'stalled', why: whyStalled(stalled.role, present) };
  return (
    betweenRoles(state, present) ??
    afterRoles(lastOf(roles.filter(({ role }) => role.attempts.length > 0)), state, present)
  );
}

/** Nothing runs, but the workflow said that it does and has not taken it back. */
function betweenRoles(state: AdwState, present: Present): { status: AdwStatus; why: string } | undefined {
  if (state.workflow?.status !== 'running') return undefined;
  const silent = silence(state.lastMs, present);
  if (silent <= present.stallTimeoutMs)
    return { status: 'running', why: state.workflow.said || 'the workflow is running' };
  if (silent > present.stallTimeoutMs * STALLS_UNTIL_ENDED) return undefined;
  return { status: 'stalled', why: `no event for ${formatDuration(silent)}; no role is running` };
}

function afterRoles(
  last: { role: RoleState; status: RoleStatus } | undefined,
  state: AdwState,
  present: Present,
): { status: AdwStatus; why: string } {
  // Whoever goes on after an error writes on: a log that stops there says why nothing followed.
  const { error = null } = state.logEnd ?? {};
  if (error !== null && last?.status !== 'failed')
    return { status: 'failed', why: `the workflow's log ends with an error: ${error}` };
  if (last === undefined) {
    const began = Object.keys(state.roles).length > 0 || state.workflow !== null;
    const gone = silence(state.lastMs, present) > present.stallTimeoutMs * STALLS_UNTIL_ENDED;
    if (began && gone) return { status: 'ended_without_result', why: 'a role was prepared and never wrote anything' };
    return { status: 'pending', why: 'no role has begun' };
  }
  const name = last.role.role;
  const attempt = last.role.attempts.at(-1);
  if (last.status === 'completed') return { status: 'completed', why: `${name} ended with success` };
  if (last.status === 'failed')
    return { status: 'failed', why: `${name} failed: ${attempt?.outcomeText ?? 'no reason given'}` };
  return { status: 'ended_without_result', why: `${name} stopped without a result line; its outcome is unknown` };
}

function whyStalled(role: RoleState, present: Present): string {
  const attempt = role.attempts.at(-1);
  const silent = formatDuration(silence(attempt?.lastMs ?? null, present));
  const call = attempt?.open.at(-1);
  if (call === undefined) return `${role.role}: no event for ${silent}`;
  const argument = call.argument === '' ? '' : ` ${call.argument}`;
  return `${role.role}: no event for ${silent}, waiting on ${call.tool}${argument} (${formatDuration(silence(call.sinceMs, present))})`;
}

/** Whether the workflow's last word is newer than the beginning of every attempt, by the log's order or by the clock. */
function holds({ workflow, roles }: AdwState): boolean {
  if (workflow === null) return false;
  return Object.values(roles).every(({ attempts }) =>
    attempts.every(
      ({ startedSeq, startedMs }) =>
        startedSeq < workflow.seq || (workflow.ms !== null && startedMs !== null && startedMs <= workflow.ms),
    ),
  );
}

/** Whether another role began after this attempt's last event: workflows run roles one after the other. */
function wasPassedBy(state: AdwState, role: RoleState, { lastMs }: AttemptState): boolean {
  if (lastMs === null) return false;
  return Object.values(state.roles).some(
    other => other !== role && other.attempts.some(({ startedMs }) => startedMs !== null && startedMs > lastMs),
  );
}

/** Roles whose last signs of life lie closer together were not told apart by them: a checkout wrote their files. ms */
export const TOGETHER_MS = 5_000;

/** The one that was active last: by time, and among those that were active together by where workflows run them. */
export function lastOf<Item extends { readonly role: RoleState }>(items: readonly Item[]): Item | undefined {
  const timeOf = ({ role }: Item) => role.lastMs ?? 0;
  const latest = Math.max(...items.map(timeOf));
  const together = items.filter(item => latest - timeOf(item) < TOGETHER_MS);
  const place = ({ role }: Item) => (role.phase === null ? -1 : workflowRank(role.role));
  const lastSeq = ({ role }: Item) => role.attempts.at(-1)?.lastSeq ?? 0;
  return together.toSorted((a, b) => place(a) - place(b) || lastSeq(a) - lastSeq(b)).at(-1);
}

/** How long ago `ms` was; nothing is known to be silent whose time is unknown. */
function silence(ms: number | null, { nowMs }: Present): number {
  return ms === null ? 0 : Math.max(0, nowMs - ms);
}
