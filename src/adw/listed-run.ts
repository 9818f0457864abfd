import { NO_PHASE } from './phase.ts';
import { shownPhases } from './shown-phases.ts';
import type {
  AdwSummary,
  AttemptSummary,
  CostSummary,
  PhaseSummary,
  RoleSummary,
  TokensSummary,
} from './summary-shape.ts';

/** What a list shows of a run: a thousand of them, pushed as they change, are no more than its reader looks at. */
export interface ListedRun
  extends Pick<
    AdwSummary,
    | 'adw_id'
    | 'status'
    | 'why'
    | 'title'
    | 'issue_number'
    | 'branch'
    | 'workflow'
    | 'activity'
    | 'first_event_at'
    | 'last_event_at'
    | 'elapsed_ms'
    | 'elapsed_estimated'
  > {
  /** What it waits for; null unless it is waiting. */
  waiting: string | null;
  totals: TokensSummary & CostSummary & { errors: number };
  /** Those that have a place in its strip, in their order. */
  phases: ListedPhase[];
  /** Names. */
  roles: string[];
  /** Names, the one that cost most first. */
  models: string[];
  /** What each of them took; absent unless it was asked for. */
  parts?: RunParts | undefined;
}

/** The data of a `runs` message of `GET /api/v1/changes`. */
export interface RunsMessage {
  /** What resumes behind it. */
  at: string;
  /** Whether the list begins anew: what the client had counts no more. */
  whole: boolean;
  /** Whether the rest of the list follows at once. */
  more: boolean;
  /** The directory that the server's process watches; null where sidecars do. */
  agents_dir: string | null;
  /** Runs in it whose ids the server's `--id-format` leaves out. */
  other_runs: number;
  adws: ListedRun[];
}

/** One phase as the strip shows it. What is not known is absent: five phases of 500 runs are most of a list. */
export interface ListedPhase extends Pick<PhaseSummary, 'name' | 'status' | 'attempts'> {
  error?: string | undefined;
  source?: PhaseSummary['source'] | undefined;
  duration_ms?: number | undefined;
  /** Whether that was worked out; absent where it was not. */
  duration_estimated?: boolean | undefined;
}

/** What the phases, roles and models of a run took. */
export interface RunParts {
  phases: PhasePart[];
  roles: RolePart[];
  models: (TokensSummary & CostSummary & { model: string })[];
}

/** What a phase took. */
export interface PhasePart extends CostSummary, Pick<PhaseSummary, 'name' | 'status' | 'attempts'> {
  /** From its beginning to its end, ms; null where that is not known. */
  duration_ms: number | null;
  duration_estimated: boolean;
}

/** What a role took. */
export interface RolePart
  extends TokensSummary,
    CostSummary,
    Pick<RoleSummary, 'role' | 'status' | 'tools' | 'errors'> {
  attempts: number;
  /** Of its attempts together, ms; null where that of none is known. */
  duration_ms: number | null;
  /** Whether a part of it was worked out, or is not known: then it is at least so much. */
  duration_estimated: boolean;
}

/** What a list shows of a run. Pure. */
export function listedRun(run: AdwSummary, { withParts = false }: { withParts?: boolean } = {}): ListedRun {
  const { totals } = run;
  return {
    adw_id: run.adw_id,
    status: run.status,
    why: run.why,
    waiting: run.waiting?.for ?? null,
    title: run.title,
    issue_number: run.issue_number,
    branch: run.branch,
    workflow: run.workflow,
    activity: run.activity,
    first_event_at: run.first_event_at,
    last_event_at: run.last_event_at,
    elapsed_ms: run.elapsed_ms,
    elapsed_estimated: run.elapsed_estimated,
    totals: { ...tokensOf(totals), ...costOf(totals), errors: totals.errors },
    phases: shownPhases(run.phases)
      .filter(({ name }) => name !== NO_PHASE)
      .map(listedPhase),
    roles: run.roles.map(({ role }) => role),
    models: modelsOf(run),
    ...(withParts && { parts: partsOf(run) }),
  };
}

/** The models that were used, the dearest first; while nothing says what was used, those that roles began with. */
function modelsOf({ models, roles }: AdwSummary): string[] {
  if (models.length > 0) return models.map(({ model }) => model);
  return [...new Set(roles.flatMap(({ attempts }) => attempts.flatMap(({ model }) => model ?? [])))];
}

function listedPhase(phase: PhaseSummary): ListedPhase {
  const { name, status, attempts, error, source, duration_ms, duration_estimated } = phase;
  const isTimed = duration_ms !== null && status !== 'pending';
  return {
    ...{ name, status, attempts },
    ...(error !== null && { error }),
    ...(source !== null && { source }),
    ...(isTimed && { duration_ms }),
    ...(isTimed && duration_estimated && { duration_estimated }),
  };
}

/** What the phases, roles and models of a run took. Phases that never began took nothing, and are left out. */
function partsOf({ phases, roles, models }: AdwSummary): RunParts {
  return {
    phases: phases
      .filter(({ status }) => status !== 'pending')
      .map(phase => ({
        name: phase.name,
        status: phase.status,
        attempts: phase.attempts,
        duration_ms: phase.duration_ms,
        duration_estimated: phase.duration_estimated,
        ...costOf(phase),
      })),
    roles: roles
      .filter(({ attempts }) => attempts.length > 0)
      .map(role => ({
        role: role.role,
        status: role.status,
        attempts: role.attempts.length,
        tools: role.tools,
        errors: role.errors,
        ...durationOf(role.attempts),
        ...tokensOf(role),
        ...costOf(role),
      })),
    models: models.map(model => ({ model: model.model, ...tokensOf(model), ...costOf(model) })),
  };
}

function durationOf(attempts: readonly AttemptSummary[]): Pick<RolePart, 'duration_ms' | 'duration_estimated'> {
  const known = attempts.flatMap(({ duration_ms }) => duration_ms ?? []);
  return {
    duration_ms: known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0),
    duration_estimated: known.length < attempts.length || attempts.some(one => one.duration_estimated),
  };
}

function costOf({ cost_usd, cost_estimated }: CostSummary): CostSummary {
  return { cost_usd, cost_estimated };
}

function tokensOf({
  input_tokens,
  output_tokens,
  cache_read_tokens,
  cache_write_tokens,
}: TokensSummary): TokensSummary {
  return { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens };
}
