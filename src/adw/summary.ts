import type { RunState } from '../event/run-state.ts';
import { allShares, modelSummaries, spentIn, spentOnWire } from './cost.ts';
import { loopSummaries } from './fold-loops.ts';
import { branchTitle, firstAsked } from './fold-ticket.ts';
import { isUntimed } from './fold-times.ts';
import { iso } from './iso.ts';
import { judge } from './judgement.ts';
import { wholeOf } from './phase.ts';
import { isEstimated, phaseSummaries } from './phase-summary.ts';
import { later } from './read.ts';
import { isCopied, lastOf, roleSummaries } from './role-summary.ts';
import type { Present } from './silence.ts';
import type { AdwState, ShownFile } from './state.ts';

import type {
  AdwSummary,
  FileSummary,
  PhaseSummary,
  RoleSummary,
  ShownFileSummary,
  TodoSummary,
} from './summary-shape.ts';

/**
 * What a state says at `nowMs`: the answer of `GET /api/v1/adws/:id`. Pure; costs a walk over roles and sessions.
 * @param limits how long silence may last before it means something, and whether any can be told
 */
export function summarize(state: AdwState, nowMs: number, limits: Omit<Present, 'nowMs'>): AdwSummary {
  const present: Present = { nowMs, ...limits };
  const { state: status, reason, evidence, sinceMs, waiting, nextCheckMs } = judge(state, present);
  const shares = allShares(state);
  const roles = roleSummaries(state, { present, shares, run: status });
  const copied = isCopied(state);
  const phases = phaseSummaries(state, roles, { adw: status, nowMs, copied, shares });
  const active = GOING_ON.has(status);
  const current = currentRole(state, roles);
  const { counts, ticket } = state;
  return {
    adw_id: state.adwId,
    status,
    why: reason,
    evidence: [...evidence],
    since: iso(sinceMs),
    next_check_at: iso(nextCheckMs),
    waiting: waiting === null ? null : { for: waiting.for, until: iso(waiting.untilMs) },
    limits: { stall_timeout_ms: limits.stallTimeoutMs, settle_ms: limits.settleMs },
    title: titleOf(state),
    pull_request: ticket.pullRequest?.text ?? null,
    issue_number: ticket.issueNumber,
    issue_class: ticket.issueClass,
    branch: ticket.branch,
    commit: ticket.commit?.text ?? null,
    workflow: workflowOf(state),
    model_set: ticket.modelSet,
    plan_file: ticket.planFile,
    worktree: ticket.worktree,
    phase: currentPhase(state, phases, current),
    phases,
    roles,
    totals: {
      events: counts.events,
      lines: counts.lines,
      tools: counts.tools,
      errors: counts.toolErrors + counts.logErrors + counts.malformedLines,
      tool_errors: counts.toolErrors,
      log_errors: counts.logErrors,
      malformed_lines: counts.malformedLines,
      lost_bytes: counts.lostBytes,
      lines_added: counts.linesAdded,
      lines_removed: counts.linesRemoved,
      ...spentOnWire(spentIn(shares, () => true)),
    },
    models: modelSummaries(shares),
    tools: Object.entries(state.tools)
      .map(([tool, { calls, errors, durationMs }]) => ({ tool, calls, errors, duration_ms: durationMs }))
      .toSorted((a, b) => b.calls - a.calls),
    files: fileSummaries(state),
    screenshots: state.screenshots.map(shownFile),
    specs: state.specs.map(shownFile),
    todos: todoSummaries(state),
    activity: active && current?.activity ? { role: current.role, ...current.activity } : null,
    loops: active ? loopSummaries(state) : [],
    // Files and directories have the time of a copy; they count only where nothing else has one.
    first_event_at: iso(state.firstWrittenMs ?? state.firstMs),
    last_event_at: iso(state.newest.writtenMs ?? state.newest.ms),
    last_known_at: iso(state.newest.knownMs),
    elapsed_ms: elapsed(state, { nowMs: active ? nowMs : null, copied }),
    elapsed_estimated: isEstimated(roles),
    last_seq: state.lastSeq,
    beyond_limits: state.beyondLimits,
  };
}

/** States of a run whose time goes on. */
const GOING_ON: ReadonlySet<RunState> = new Set(['running', 'waiting', 'between_roles', 'stalled']);

/** The phase of what runs, else of what ran last. A phase of the run's own runs without a role where code does its work. */
function currentPhase({ ownPhases }: AdwState, phases: readonly PhaseSummary[], current?: RoleSummary): string | null {
  const running = phases.findLast(({ status }) => status === 'running')?.name ?? null;
  if (ownPhases.length === 0) return current?.phase ?? running;
  const begun = phases.filter(({ started_at }) => started_at !== null);
  const last = begun.toSorted((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? -1 : 1)).at(-1)?.name;
  return running ?? last ?? current?.phase ?? null;
}

/** The role that runs, else the one that was active last. */
function currentRole(state: AdwState, roles: readonly RoleSummary[]): RoleSummary | undefined {
  const pick = (wanted: (role: RoleSummary) => boolean) => lastOf(state, roles.filter(wanted));
  return (
    pick(({ status, attempts }) => status === 'running' && attempts.length > 0) ??
    pick(({ status }) => status === 'waiting') ??
    pick(({ status }) => status === 'stalled') ??
    pick(({ attempts }) => attempts.length > 0)
  );
}

/** The whole workflow: a state file lists the scripts that ran, and the one that ran them may only keep a log. */
export function workflowOf({ ticket, logs }: AdwState): string | null {
  const names = Object.keys(logs).filter(name => name.startsWith('adw'));
  return ticket.workflow === null ? (names.toSorted().at(0) ?? null) : wholeOf(ticket.workflow, names.toSorted());
}

/** What the run is about, by the best that says it. */
function titleOf({ adwId, ticket }: AdwState): string | null {
  const { title, prompt, planTitle, branch } = ticket;
  const found = title ?? prompt ?? planTitle?.text ?? firstAsked(ticket);
  return found ?? (branch === null ? null : branchTitle(branch, adwId));
}

/**
 * The clock between the first and the last that agents did: a directory or a prompt may have the time of a copy. Null where
 * nothing tells: of files that have one time, it is unknown how long they took together.
 */
function elapsed(state: AdwState, { nowMs, copied }: { nowMs: number | null; copied: boolean }): number | null {
  const attempts = Object.values(state.roles).flatMap(role => role.attempts);
  if (nowMs === null && copied && attempts.length > 1) return null;
  if (attempts.length > 0 && attempts.every(isUntimed)) return null;
  // Of a state file alone, or of pictures, no time says how long the run took.
  if (attempts.length === 0 && state.firstWrittenMs === null) return null;
  const [only] = attempts;
  const { firstMs, lastMs } = copied && only !== undefined ? { ...only, firstMs: only.startedMs } : writtenIn(state);
  const end = later(lastMs ?? state.newest.ms, nowMs);
  const begin = firstMs ?? state.firstMs;
  return begin === null || end === null ? null : Math.max(0, end - begin);
}

const writtenIn = ({ firstWrittenMs, newest }: AdwState) => ({ firstMs: firstWrittenMs, lastMs: newest.writtenMs });

function fileSummaries(state: AdwState): FileSummary[] {
  return Object.entries(state.files).map(([path, file]) => ({
    path,
    operation: file.operation,
    role: file.role,
    lines_added: file.linesAdded,
    lines_removed: file.linesRemoved,
    changes: file.changes,
    first_at: iso(file.firstMs),
    last_at: iso(file.lastMs),
  }));
}

function shownFile({ path, kind, url, role, ms, versions }: ShownFile): ShownFileSummary {
  return { path, kind, url, role, at: iso(ms), versions };
}

function todoSummaries(state: AdwState): TodoSummary[] {
  return Object.entries(state.todos).map(([role, { ms, items }]) => ({
    role,
    at: iso(ms),
    done: items.filter(item => item.state === 'completed').length,
    items,
  }));
}
