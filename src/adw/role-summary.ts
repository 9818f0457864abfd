import type { RunState } from '../event/run-state.ts';
import type { AccountState } from './account-state.ts';
import { priceFactor, spentIn, spentOnWire } from './cost.ts';
import { OTHER_ROLE } from './fold-step.ts';
import { isUntimed } from './fold-times.ts';
import { iso } from './iso.ts';
import { judgeAttempt, judgeRole } from './judge-role.ts';
import { lastRole, TOGETHER_MS } from './last-role.ts';
import { phaseOfStep, turnsOf } from './own-phases.ts';
import { workflowRank } from './phase.ts';
import { later } from './read.ts';
import { isEnded, type Judgement } from './run-state.ts';
import type { Share } from './shares.ts';
import type { Present } from './silence.ts';
import type { AdwState, AttemptState, OpenTool, RoleState } from './state.ts';
import type { ActivitySummary, AttemptSummary, RoleStatus, RoleSummary } from './summary-shape.ts';
import { taskSummaries } from './task-summary.ts';

/** What roles are seen in the light of. */
export interface RoleContext {
  readonly present: Present;
  readonly shares: readonly Share[];
  /** The state of the run: a workflow's own log has no other. */
  readonly run: RunState;
}

/** Every role with its attempts, in the order in which they began: as workflows run them, where times do not tell. */
export function roleSummaries(state: AdwState, context: RoleContext): RoleSummary[] {
  const roles = Object.values(state.roles);
  const isCopy = isCopied(state);
  const place = (role: RoleState) => (Object.hasOwn(state.logs, role.role) ? -1 : workflowRank(role.role));
  return roles
    .toSorted((a, b) => (isCopy ? place(a) - place(b) : 0) || beganMs(a) - beganMs(b))
    .map(role => roleSummary(state, role, context));
}

/** Of some roles, the one that was active last. */
export function lastOf(state: AdwState, roles: readonly RoleSummary[]): RoleSummary | undefined {
  const known = roles.flatMap(summary => {
    const role = state.roles[summary.role];
    return role === undefined ? [] : [{ role, summary }];
  });
  return lastRole(known)?.summary;
}

/** Whether most times of what agents did were not seen but worked out from file times. */
export function isGuessed({ times }: AdwState): boolean {
  return times.guessed > times.known / 2;
}

/**
 * Whether all roles that ran seem to have ended together, though no watch saw them end: a checkout or a copy wrote their files,
 * and when one ran after the other is not known.
 */
export function isCopied(state: AdwState): boolean {
  return isGuessed(state) && wereTogether(Object.values(state.roles));
}

function wereTogether(roles: readonly RoleState[]): boolean {
  const ends = roles.filter(({ attempts }) => attempts.length > 0).map(({ attempts }) => attempts.at(-1)?.lastMs ?? 0);
  return Math.max(...ends) - Math.min(...ends) < TOGETHER_MS;
}

function beganMs({ attempts, prompt, firstMs }: RoleState): number {
  return attempts[0]?.startedMs ?? prompt?.ms ?? firstMs ?? 0;
}

/** A workflow's own log is no agent: it stands as the run does, unless it ends with an error. */
function judgeLog(state: AdwState, { role }: RoleState, run: RunState): RoleStatus {
  if ((state.logs[role]?.errors.length ?? 0) > 0 && isEnded(run)) return 'failed';
  return run === 'between_roles' || run === 'waiting' || run === 'stalled' ? 'running' : run;
}

/**
 * Whether a role has no file and no agent of its own, and so no end either: what clients post that name no role. Once the run
 * has ended it stands as the run does, unless something said how it ended.
 */
function endsWithRun({ role, attempts }: RoleState, run: RunState): boolean {
  return role === OTHER_ROLE && isEnded(run) && attempts.at(-1)?.outcome == null;
}

/** The states in which what is open may still end. */
const isActive = (state: RoleStatus) => state === 'running' || state === 'waiting' || state === 'stalled';

function roleSummary(state: AdwState, role: RoleState, context: RoleContext): RoleSummary {
  const isLog = role.attempts.length === 0 && Object.hasOwn(state.logs, role.role);
  const judged = judgeRole(state, role, context.present);
  const isRun = isLog || endsWithRun(role, context.run);
  const status = isRun ? judgeLog(state, role, context.run) : roleStatus(judged);
  const newest = role.attempts.at(-1);
  const active = isActive(status);
  const sum = (of: (attempt: AttemptState) => number) => role.attempts.reduce((total, one) => total + of(one), 0);
  return {
    role: role.role,
    phase: phaseOf(state, role),
    status,
    why: isLog ? `${role.role} is the log of the workflow` : isRun ? 'it ended with the run' : judged.reason,
    started_at: iso(role.attempts[0]?.startedMs ?? role.prompt?.ms ?? role.firstMs),
    ended_at: active || status === 'pending' ? null : iso(newest?.endedMs ?? newest?.lastMs ?? role.lastMs),
    // The directory of a role that has written has the time of a copy.
    last_event_at: iso(newest?.lastMs ?? role.lastMs),
    activity: active && newest !== undefined ? activityOf(newest) : null,
    tools: sum(one => one.tools),
    errors: sum(errorsOf),
    ...spentOnWire(spentIn(context.shares, account => account.role === role.role)),
    attempts: role.attempts.map(attempt => attemptSummary(state, role, { attempt, ...context })),
  };
}

/** Its phase; where the run names its own, the one that it worked on last. */
function phaseOf(state: AdwState, { role, phase, attempts, lastMs }: RoleState): string | null {
  if (state.ownPhases.length === 0) return phase;
  return phaseOfStep(state, turnsOf(state.ownPhases), role, attempts.at(-1)?.lastMs ?? lastMs);
}

function attemptSummary(
  state: AdwState,
  role: RoleState,
  { attempt, present, shares, run }: RoleContext & { readonly attempt: AttemptState },
): AttemptSummary {
  const isRun = endsWithRun(role, run);
  const status = isRun ? judgeLog(state, role, run) : roleStatus(judgeAttempt(state, role, { attempt, present }));
  const active = isActive(status);
  const isOwn = (account: AccountState) => account.role === role.role && account.attempt === attempt.attempt;
  const own = shares.filter(({ account }) => isOwn(account));
  const sum = (of: (share: Share) => number) => own.reduce((total, one) => total + of(one), 0);
  const endMs = active && attempt.endedMs === null ? present.nowMs : later(attempt.endedMs, attempt.lastMs);
  return {
    attempt: attempt.attempt,
    reason: attempt.reason,
    status,
    outcome: attempt.outcomeText,
    session_ids: [...attempt.sessionIds],
    model: own.at(-1)?.account.model ?? null,
    started_at: iso(attempt.startedMs),
    ended_at: active ? null : iso(attempt.endedMs ?? attempt.lastMs),
    duration_ms: isUntimed(attempt) ? null : between(attempt.startedMs, endMs),
    duration_estimated: attempt.startTiming !== 'known' || (attempt.isGuessed && !active),
    api_duration_ms: sum(one => one.apiDurationMs) || null,
    turns: sum(({ account }) => account.turns),
    permission_denials: sum(({ account }) => account.denials),
    tools: attempt.tools,
    tool_errors: attempt.toolErrors,
    errors: errorsOf(attempt),
    malformed_lines: attempt.malformedLines,
    lost_bytes: attempt.lostBytes,
    ...spentOnWire(spentIn(shares, isOwn)),
    open_tools: attempt.open.map(call => ({ tool_use_id: call.id, ...toolActivity(call) })),
    tasks: taskSummaries(attempt, { nowMs: present.nowMs, isActive: active, factor: priceFactor(own) }),
  };
}

function activityOf(attempt: AttemptState): ActivitySummary | null {
  const call = attempt.open.at(-1);
  if (call !== undefined) return toolActivity(call);
  return attempt.lastKind === null
    ? null
    : { kind: attempt.lastKind, tool: null, argument: '', since: iso(attempt.lastMs) };
}

function toolActivity({ tool, argument, sinceMs }: OpenTool): ActivitySummary {
  return { kind: 'tool', tool, argument, since: iso(sinceMs) };
}

function roleStatus({ state }: Judgement): RoleStatus {
  return state === 'between_roles' ? 'running' : state;
}

function errorsOf({ toolErrors, errors, malformedLines }: AttemptState): number {
  return toolErrors + errors + malformedLines;
}

function between(startMs: number | null, endMs: number | null): number | null {
  return startMs === null || endMs === null ? null : Math.max(0, endMs - startMs);
}
