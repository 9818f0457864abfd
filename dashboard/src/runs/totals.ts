import type { ListedRun, RunParts } from '../../../src/adw/listed-run.ts';
import { NO_PHASE } from '../../../src/adw/phase.ts';
import { isEnded } from '../../../src/adw/run-state.ts';
import type { CostSummary, TokensSummary } from '../../../src/adw/summary-shape.ts';
import { tokensTold } from '../../../src/adw/tokens.ts';

/** What runs, or parts of them that have one name, took together. What is not known is null, and what is known in part says so. */
export interface Total extends CostSummary {
  readonly name: string;
  /** Runs that have it. */
  readonly runs: number;
  /** How many of them have ended in it. */
  readonly ended: number;
  /** How many of those are completed. */
  readonly completed: number;
  readonly failed: number;
  /** Runs in which it was tried more than once. */
  readonly again: number;
  /** The most attempts in one run. */
  readonly attemptsMax: number;
  readonly errors: number;
  readonly tokens: number | null;
  /** ms, together. */
  readonly ms: number | null;
  /** Whether a part of that is worked out, not known, or of a run that has not ended in it: then it is at least so much. */
  readonly msEstimated: boolean;
  /** ms of the one in the middle, of those that are known. */
  readonly medianMs: number | null;
  /** Whether one of those was worked out. */
  readonly medianEstimated: boolean;
  /** Of how many of the runs each figure is known: sums and medians are of these alone. */
  readonly known: Readonly<Record<Known, number>>;
}

/** What is known of some runs and not of others. */
export type Known = 'cost' | 'tokens' | 'ms';

/** All that the list's runs took, as a whole and by what they have in common. */
export interface Totals {
  readonly all: Total;
  /** By the day of their last event (`2026-11-28`, in the reader's time zone), the newest first. */
  readonly days: readonly Total[];
  readonly workflows: readonly Total[];
  readonly phases: readonly Total[];
  readonly roles: readonly Total[];
  readonly models: readonly Total[];
}

/** One run's share in a total. */
interface Share extends CostSummary {
  readonly status: string;
  readonly tokens: number | null;
  /** Only of what has ended: what has not takes longer while it is looked at. */
  readonly ms: number | null;
  readonly msEstimated: boolean;
  readonly attempts: number;
  readonly errors: number;
}

/** The day of a run's last event in the reader's time zone; empty where no time is known. */
export function dayOf({ last_event_at: at }: Pick<ListedRun, 'last_event_at'>): string {
  if (at === null) return '';
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Adds runs up. Pure. Runs whose parts were not told of have none. */
export function totalsOf(runs: readonly ListedRun[]): Totals {
  const [days, workflows, phases, roles, models] = Array.from({ length: 5 }, () => new Map<string, Share[]>());
  for (const run of runs) {
    const whole = shareOfRun(run);
    put(days!, dayOf(run), whole);
    put(workflows!, run.workflow ?? '', whole);
    for (const phase of run.parts?.phases ?? []) put(phases!, phase.name, shareOf(phase));
    for (const role of run.parts?.roles ?? []) put(roles!, role.role, shareOf(role));
    for (const model of run.parts?.models ?? []) put(models!, model.model, shareOf(model));
  }
  return {
    all: totalOf('', runs.map(shareOfRun)),
    days: totals(days!).toSorted((a, b) => (a.name < b.name ? 1 : -1)),
    workflows: totals(workflows!).toSorted(byCost),
    phases: totals(phases!).toSorted(byCost),
    roles: totals(roles!).toSorted(byCost),
    models: totals(models!).toSorted(byCost),
  };
}

function put(shares: Map<string, Share[]>, name: string, share: Share): void {
  const own = shares.get(name);
  if (own === undefined) shares.set(name, [share]);
  else own.push(share);
}

function shareOfRun({ status, totals, elapsed_ms, elapsed_estimated: msEstimated }: ListedRun): Share {
  const ms = isOver(status) ? elapsed_ms : null;
  const { cost_usd, cost_estimated, errors } = totals;
  return { status, cost_usd, cost_estimated, tokens: tokensTold(totals), ms, msEstimated, attempts: 1, errors };
}

type Part = RunParts['phases' | 'roles' | 'models'][number];

function shareOf(part: Part): Share {
  const { cost_usd, cost_estimated } = part;
  const timed = 'duration_ms' in part;
  return {
    cost_usd,
    cost_estimated,
    status: timed ? part.status : '',
    tokens: 'input_tokens' in part ? tokensTold(part satisfies TokensSummary) : null,
    ms: timed && isOver(part.status) ? part.duration_ms : null,
    msEstimated: timed && part.duration_estimated,
    attempts: timed ? part.attempts : 0,
    errors: 'errors' in part ? part.errors : 0,
  };
}

const totals = (shares: ReadonlyMap<string, readonly Share[]>): Total[] =>
  [...shares].map(([name, own]) => totalOf(name, own));

function totalOf(name: string, shares: readonly Share[]): Total {
  const count = (is: (share: Share) => boolean) => shares.filter(is).length;
  const costs = shares.flatMap(({ cost_usd }) => cost_usd ?? []);
  const times = shares.flatMap(({ ms }) => ms ?? []);
  const tokens = shares.flatMap(share => share.tokens ?? []);
  return {
    name,
    runs: shares.length,
    ended: count(({ status }) => isOver(status)),
    completed: count(({ status }) => status === 'completed'),
    failed: count(({ status }) => status === 'failed'),
    again: count(({ attempts }) => attempts > 1),
    attemptsMax: Math.max(0, ...shares.map(({ attempts }) => attempts)),
    errors: shares.reduce((sum, { errors }) => sum + errors, 0),
    cost_usd: sumOf(costs),
    cost_estimated: costs.length < shares.length || shares.some(share => share.cost_estimated),
    tokens: sumOf(tokens),
    ms: sumOf(times),
    msEstimated: times.length < shares.length || shares.some(share => share.msEstimated),
    medianMs: medianOf(times),
    medianEstimated: shares.some(({ ms, msEstimated }) => ms !== null && msEstimated),
    known: { cost: costs.length, tokens: tokens.length, ms: times.length },
  };
}

const isOver = (status: string) => isEnded(status as ListedRun['status']);

function sumOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** The value in the middle, of an even number the mean of the two there; null of none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1]!;
  return sorted.length % 2 === 1 ? upper : (sorted[sorted.length / 2 - 1]! + upper) / 2;
}

const byCost = (a: Total, b: Total) =>
  (b.cost_usd ?? -1) - (a.cost_usd ?? -1) || b.runs - a.runs || (a.name < b.name ? -1 : 1);

/** What a person asks of many runs at once; undefined where nothing answers it. */
export interface Answers {
  /** The phase that failed in most runs. */
  readonly fails: Total | undefined;
  /** Where no phase did, the role that failed in most: not each is of a phase. */
  readonly failingRole: Total | undefined;
  /** The phase that took longest, by the run in the middle. */
  readonly slowest: Total | undefined;
  /** The phase that was tried again in most runs. */
  readonly again: Total | undefined;
}

/** Picks the phases that stand out. */
export function answersOf({ phases, roles }: Totals): Answers {
  const most = (value: (total: Total) => number, of = phases) =>
    of
      .filter(one => one.name !== NO_PHASE && value(one) > 0)
      .toSorted((a, b) => value(b) - value(a) || a.runs - b.runs)[0];
  const fails = most(({ failed }) => failed);
  return {
    fails,
    failingRole: fails === undefined ? most(({ failed }) => failed, roles) : undefined,
    slowest: most(({ medianMs }) => medianMs ?? 0),
    again: most(({ again }) => again),
  };
}
