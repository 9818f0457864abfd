import { spentIn, spentOnWire } from './cost.ts';
import { iso } from './iso.ts';
import { idleMs, inOrder, phaseBegunAt, phaseOfStep, turnsOf } from './own-phases.ts';
import { NO_PHASE, PHASES } from './phase.ts';
import { sharesByPhase } from './phase-shares.ts';
import type { GateState, OwnPhase } from './phase-state.ts';
import { earlier, later, timeOf } from './read.ts';
import { lastOf } from './role-summary.ts';
import type { Share } from './shares.ts';
import type { AdwState, PhaseWord } from './state.ts';
import type {
  AdwStatus,
  CostSummary,
  GateSummary,
  PhaseSource,
  PhaseStatus,
  PhaseSummary,
  RoleSummary,
} from './summary-shape.ts';

/** What phases are seen in the light of. */
export interface PhaseContext {
  readonly adw: AdwStatus;
  readonly nowMs: number;
  readonly shares: readonly Share[];
  /** Whether a copy gave all files one time: then nothing says how long several roles took, one after the other. */
  readonly copied: boolean;
}

/**
 * The phases that the run names itself, in its order, else the classic ones in the order in which a workflow runs them; and
 * `other` where roles belong to none. Of what tells of a classic phase the first that speaks wins: stage events, the state
 * file, the activity of its roles.
 */
export function phaseSummaries(state: AdwState, roles: readonly RoleSummary[], context: PhaseContext): PhaseSummary[] {
  const known =
    state.ownPhases.length > 0 ? ownSummaries(state, roles, context) : classicSummaries(state, roles, context);
  return withGates(state, known);
}

function classicSummaries(state: AdwState, roles: readonly RoleSummary[], context: PhaseContext): PhaseSummary[] {
  const known = PHASES.map(name => {
    const own = roles.filter(role => role.phase === name);
    const words = state.phases[name];
    return phaseSummary(name, own, { stage: words?.stage ?? null, file: words?.state ?? null, state, ...context });
  });
  const strays = roles.filter(({ phase, attempts }) => attempts.length > 0 && !PHASES.some(name => name === phase));
  return strays.length === 0
    ? known
    : [...known, phaseSummary(NO_PHASE, strays, { stage: null, file: null, state, ...context })];
}

function ownSummaries(state: AdwState, roles: readonly RoleSummary[], context: PhaseContext): PhaseSummary[] {
  const turns = turnsOf(state.ownPhases);
  const phaseOf = (role: string, ms: number | null) => phaseOfStep(state, turns, role, ms) ?? NO_PHASE;
  const shares = sharesByPhase(context.shares, phaseOf);
  const known = inOrder(state.ownPhases).map(phase => {
    const own = roles.filter(({ role, phase: its }) =>
      turns.some(({ owner }) => owner === role)
        ? phase.attempts.some(({ owner }) => owner === role)
        : its === phase.name,
    );
    return {
      ...ownSummary(phase, { ...context, ofRoles: statusOfRoles(state, own) }),
      roles: own.map(({ role }) => role),
      ...spentBy(shares.get(phase.name)),
    };
  });
  const taken = new Set(known.flatMap(phase => phase.roles));
  const strays = roles.filter(({ role, attempts }) => attempts.length > 0 && !taken.has(role));
  if (strays.length === 0) return known;
  return [...known, phaseSummary(NO_PHASE, strays, { stage: null, file: null, state, ...context })];
}

/** A phase as its workflow tells of it: its newest attempt holds. */
function ownSummary(
  { name, kind, attempts }: OwnPhase,
  { adw, nowMs, ofRoles }: PhaseContext & { readonly ofRoles: PhaseStatus },
): PhaseSummary {
  const newest = attempts.at(-1);
  const said = newest?.state ?? 'pending';
  // What was worked out from its owner's files stands as its owner does.
  const status = outlived(newest?.isInferred && said === 'running' ? ofRoles : said, adw);
  const begun = attempts.filter(({ state }) => state !== 'pending' && state !== 'skipped');
  const startedMs = attempts.map(one => one.startedMs).reduce(earlier, null);
  const endedMs =
    status === 'running' || status === 'pending' ? null : attempts.map(one => one.endedMs).reduce(later, null);
  const untilMs = status === 'running' ? nowMs : endedMs;
  const tries = attempts.map(one => ({
    attempt: one.attempt,
    state: one.state,
    owner: one.owner,
    started_at: iso(one.startedMs),
    ended_at: iso(one.endedMs),
    error: one.error,
  }));
  return {
    name,
    status,
    kind,
    owner: newest?.owner ?? null,
    error: newest?.error ?? null,
    started_at: iso(startedMs),
    ended_at: iso(endedMs),
    duration_ms: startedMs === null || untilMs === null ? null : Math.max(0, untilMs - startedMs - idleMs(tries)),
    duration_estimated: false,
    cost_usd: null,
    cost_estimated: false,
    attempts: Math.max(0, ...begun.map(one => Math.max(1, one.attempt))),
    tries,
    gates: [],
    roles: [],
    source: 'workflow',
  };
}

/** Each phase with what its gates said. A gate that names none of them is of the one that had begun last. */
function withGates({ gates, ownPhases }: AdwState, phases: readonly PhaseSummary[]): PhaseSummary[] {
  if (gates.length === 0) return [...phases];
  const turns = turnsOf(ownPhases);
  const phaseOf = ({ phase, ms }: GateState) =>
    phases.some(({ name }) => name === phase) ? phase : phaseBegunAt(turns, ms);
  return phases.map(phase => {
    const own = gates.filter(gate => phaseOf(gate) === phase.name);
    return own.length === 0 ? phase : { ...phase, gates: own.map(gateSummary) };
  });
}

function gateSummary({ gate, attempt, passed, checks, ms, eventId }: GateState): GateSummary {
  return { gate, attempt, passed, checks: [...checks], at: iso(ms), event_id: eventId };
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
  const ofRoles = name === NO_PHASE ? outlived(seen, words.adw) : seen;
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
    kind: null,
    owner: null,
    error: null,
    started_at: iso(startedMs),
    ended_at: iso(endedMs),
    duration_ms: (words.copied && ran.length > 1) || isUnknown(ran) ? null : seenMs,
    duration_estimated: isEstimated(ran),
    ...costOf(roles, words.shares),
    attempts: Math.max(0, ...roles.map(role => role.attempts.length)),
    tries: [],
    gates: [],
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
  return spentBy(shares.filter(({ account }) => roles.some(({ role }) => role === account.role)));
}

function spentBy(shares: readonly Share[] = []): CostSummary {
  const { cost_usd, cost_estimated } = spentOnWire(spentIn(shares, () => true));
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
