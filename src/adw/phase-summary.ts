import { spentIn, spentOnWire } from './cost.ts';
import { iso } from './iso.ts';
import { PHASES } from './phase.ts';
import { earlier, later, timeOf } from './read.ts';
import { lastOf } from './role-summary.ts';
import type { Share } from './shares.ts';
import type { AdwState, PhaseWord } from './state.ts';
import type { AdwStatus, CostSummary, PhaseSource, PhaseStatus, PhaseSummary, RoleSummary } from './summary-shape.ts';

/** What phases are seen in the light of. */
export interface PhaseContext {
  readonly adw: AdwStatus;
  readonly nowMs: number;
  readonly shares: readonly Share[];
  /** Whether a copy gave all files one time: then nothing says how long several roles took, one after the other. */
  readonly copied: boolean;
}

/**
 * The phases in the order a workflow runs them, and `other` where roles belong to none. Of the three sources the first
 * that speaks of a phase wins: stage events, the state file, the activity of its roles.
 */
export function phaseSummaries(state: AdwState, roles: readonly RoleSummary[], context: PhaseContext): PhaseSummary[] {
  const known = PHASES.map(name => {
    const own = roles.filter(role => role.phase === name);
    const words = state.phases[name];
    return phaseSummary(name, own, { stage: words?.stage ?? null, file: words?.state ?? null, state, ...context });
  });
  const strays = roles.filter(({ phase, attempts }) => attempts.length > 0 && !PHASES.some(name => name === phase));
  return strays.length === 0
    ? known
    : [...known, phaseSummary('other', strays, { stage: null, file: null, state, ...context })];
}

interface Words extends PhaseContext {
  readonly state: AdwState;
  readonly stage: PhaseWord | null;
  readonly file: PhaseWord | null;
}

function phaseSummary(name: PhaseSummary['name'], roles: readonly RoleSummary[], words: Words): PhaseSummary {
  const word = words.stage ?? words.file;
  const source: PhaseSource | null =
    words.stage !== null ? 'stage_event' : word !== null ? 'state_file' : roles.length > 0 ? 'roles' : null;
  const seen = statusOfRoles(words.state, roles);
  // What belongs to no phase has no end of its own.
  const ofRoles = name === 'other' ? outlived(seen, words.adw) : seen;
  const status = word === null ? ofRoles : outlived(word.status, words.adw);
  // A role that only keeps a log, such as the workflow's own, says nothing of when a phase began and ended.
  const ran = roles.filter(({ attempts }) => attempts.length > 0);
  const startedMs = ran.map(role => timeOf(role.started_at)).reduce(earlier, word?.startedMs ?? null);
  const ended = ran.map(role => timeOf(role.ended_at)).reduce(later, word?.endedMs ?? null);
  const lastMs = ran.map(role => timeOf(role.last_event_at)).reduce(later, ended);
  const endedMs = status === 'running' || status === 'pending' ? null : ended;
  const untilMs = status === 'running' ? words.nowMs : (endedMs ?? lastMs);
  const seenMs = startedMs === null || untilMs === null ? null : Math.max(0, untilMs - startedMs);
  return {
    name,
    status,
    started_at: iso(startedMs),
    ended_at: iso(endedMs),
    duration_ms: (words.copied && ran.length > 1) || isUnknown(ran) ? null : seenMs,
    duration_estimated: isEstimated(ran),
    ...costOf(roles, words.shares),
    attempts: Math.max(0, ...roles.map(role => role.attempts.length)),
    roles: roles.map(role => role.role),
    source,
  };
}

/** Whether the first or the last time of what roles did was worked out, and not seen or written. */
export function isEstimated(roles: readonly RoleSummary[]): boolean {
  return roles.some(({ attempts }) => attempts.some(attempt => attempt.duration_estimated));
}

/** Whether roles ran, and nothing says how long. */
function isUnknown(roles: readonly RoleSummary[]): boolean {
  return roles.length > 0 && roles.every(({ attempts }) => attempts.every(attempt => attempt.duration_ms === null));
}

/** What roles cost together. */
function costOf(roles: readonly RoleSummary[], shares: readonly Share[]): CostSummary {
  const spent = spentIn(shares, account => roles.some(({ role }) => role === account.role));
  const { cost_usd, cost_estimated } = spentOnWire(spent);
  return { cost_usd, cost_estimated };
}

/** A phase that was said to run has ended with its run, whatever was said last. */
function outlived(status: PhaseStatus, adw: AdwStatus): PhaseStatus {
  return status === 'running' && (adw === 'completed' || adw === 'failed' || adw === 'ended_without_result')
    ? adw
    : status;
}

/** A workflow's own log, which has no attempts, goes on as long as the run does: it says nothing of a phase. */
function isAtWork({ status, attempts }: RoleSummary): boolean {
  return status === 'stalled' || ((status === 'running' || status === 'waiting') && attempts.length > 0);
}

function statusOfRoles(state: AdwState, roles: readonly RoleSummary[]): PhaseStatus {
  if (roles.some(isAtWork)) return 'running';
  const last = lastOf(
    state,
    roles.filter(({ attempts }) => attempts.length > 0),
  )?.status;
  return last === 'completed' || last === 'failed' || last === 'ended_without_result' ? last : 'pending';
}
