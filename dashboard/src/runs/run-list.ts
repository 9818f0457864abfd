import type { ListedRun } from '../../../src/adw/listed-run.ts';
import type { AdwStatus } from '../../../src/adw/summary-shape.ts';
import { tokensTold } from '../../../src/adw/tokens.ts';
import { dayOf } from './totals.ts';

/** What the list of runs can be ordered by. */
export const SORT_KEYS = [
  'status',
  'title',
  'started',
  'elapsed',
  'cost',
  'tokens',
  'errors',
  'model',
  'last',
] as const;

/** One of {@link SORT_KEYS}. */
export type SortKey = (typeof SORT_KEYS)[number];

/** Which runs are listed: those that wrote something today, in the last seven days, or ever. */
export const PERIODS = ['today', 'week', 'all'] as const;

/** One of {@link PERIODS}. */
export type Period = (typeof PERIODS)[number];

/** What a person asked of the list. */
export interface RunQuery {
  /** Words, and tokens such as `phase:build model:opus`. */
  readonly q: string;
  /** A status; empty for any. */
  readonly status: string;
  readonly period: Period;
  /** The first day of a range (`2026-11-20`, in the reader's time zone); empty for no bound. */
  readonly from: string;
  /** The last day of it. */
  readonly to: string;
  readonly sort: SortKey;
  /** Whether the order is turned around. */
  readonly isReversed: boolean;
}

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

/** The first moment of a period in the reader's time zone, ms since the Unix epoch. */
function beginOf(period: Period, nowMs: number): number {
  if (period === 'all') return Number.NEGATIVE_INFINITY;
  return period === 'week' ? nowMs - WEEK_DAYS * DAY_MS : new Date(nowMs).setHours(0, 0, 0, 0);
}

const lastMs = (run: ListedRun): number => Date.parse(run.last_event_at ?? '') || Number.NEGATIVE_INFINITY;

/** When the last event of a listed run was: between two days where one is given, else in the period. */
export type Span = Pick<RunQuery, 'period' | 'from' | 'to'>;

/**
 * Whether the last event of a run lies in a span; one without a time belongs to that of all runs alone. The one rule of what is
 * listed, of what the header counts and of what a click on its count lists.
 */
export function isIn(run: ListedRun, { period, from, to }: Span, nowMs: number): boolean {
  if (from === '' && to === '') return lastMs(run) >= beginOf(period, nowMs);
  const on = dayOf(run);
  return on !== '' && on >= from && (to === '' || on <= to);
}

/** A span of the list that is one of the usual ones. */
export const spanOf = (period: Period): Span => ({ period, from: '', to: '' });

/** A span in words; empty for all runs. */
export function wordsOf({ period, from, to }: Span): string {
  const days = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ');
  if (days !== '') return days;
  return period === 'all' ? '' : period === 'today' ? 'today' : 'in the last seven days';
}

/** Every status, what a person has to act on first: the order of the filters, and of the list where it is ordered by status. */
export const BY_URGENCY: readonly AdwStatus[] = [
  'waiting',
  'running',
  'between_roles',
  'stalled',
  'pending',
  'failed',
  'ended_without_result',
  'completed',
];

/** By what a column orders, null where that is not known: what runs, the newest, the longest, the dearest come first. */
const VALUES: Readonly<Record<SortKey, (run: ListedRun) => number | string | null>> = {
  status: run => BY_URGENCY.indexOf(run.status),
  title: run => titleOf(run).toLowerCase() || null,
  started: run => mostFirst(Date.parse(run.first_event_at ?? '')),
  elapsed: run => mostFirst(run.elapsed_ms),
  cost: run => mostFirst(run.totals.cost_usd),
  tokens: run => mostFirst(tokensTold(run.totals) || null),
  errors: run => mostFirst(run.totals.errors),
  model: run => modelName(run.models[0]) || null,
  last: run => mostFirst(Date.parse(run.last_event_at ?? '')),
};

const mostFirst = (value: number | null): number | null => (value === null || Number.isNaN(value) ? null : -value);

/** A model's name without what most have in common: its maker's word and its date. Empty of none. */
export function modelName(model = ''): string {
  return model.replace(/^claude-|-\d{8}$/g, '');
}

/** What a run is called: as `status` gives it, else by what is known beside it. Empty where nothing is. */
export function titleOf(run: Pick<ListedRun, 'title' | 'branch' | 'workflow'>): string {
  return run.title ?? run.branch ?? run.workflow ?? '';
}

/** The runs that a person asked for, in the order that they asked for. */
export function chosenRuns<Run extends ListedRun>(runs: readonly Run[], query: RunQuery, nowMs: number): Run[] {
  const matches = matcherOf(query.q);
  const of = VALUES[query.sort];
  const sign = query.isReversed ? -1 : 1;
  return runs
    .filter(run => (query.status === '' || run.status === query.status) && isIn(run, query, nowMs))
    .filter(matches)
    .toSorted((a, b) => compare(of(a), of(b), sign) || compare(a.adw_id, b.adw_id, 1));
}

/** What is not known comes last, whichever way the rest is turned. */
function compare(a: number | string | null, b: number | string | null, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return sign * (typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b));
}

/** What tokens of the search box look at. */
const FIELDS: Readonly<Record<string, (run: ListedRun) => readonly (string | null)[]>> = {
  issue: run => [run.issue_number],
  workflow: run => [run.workflow],
  branch: run => [run.branch],
  phase: run => run.phases.filter(({ status }) => status !== 'pending').map(({ name }) => name),
  role: run => run.roles,
  model: run => run.models,
  status: run => [run.status],
  /** Phases whose newest attempt failed. */
  failed: run => run.phases.filter(({ status }) => status === 'failed').map(({ name }) => name),
  /** Phases that were tried more than once. */
  again: run => run.phases.filter(({ attempts }) => attempts > 1).map(({ name }) => name),
  day: run => [dayOf(run)],
  /** What a run that is waiting waits for. */
  waits: run => [run.waiting],
};

/** The names of tokens that the search box takes, as in `phase:build`. */
export const TOKENS: readonly string[] = Object.keys(FIELDS);

/** What the search box is given to find the runs that have `value` in `field`. */
export function tokenOf(field: string, value: string): string {
  return `${field}:${/[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;
}

/** What a row shows or hides behind an ellipsis, as one text. */
function textOf(run: ListedRun): string {
  const { adw_id: id, issue_number: issue, activity, why } = run;
  const { issue: _issue, failed: _failed, again: _again, day: _day, waits: _waits, ...fields } = FIELDS;
  const parts = [
    id,
    run.title,
    issue && `#${issue}`,
    why,
    activity?.tool,
    activity?.argument,
    ...Object.values(fields).flatMap(field => field(run)),
  ];
  return parts.filter(Boolean).join('\n').toLowerCase();
}

function matcherOf(q: string): (run: ListedRun) => boolean {
  // A name may hold spaces, and stands in quotes then.
  const parts = q.toLowerCase().match(/[a-z]+:"[^"]*"|\S+/g) ?? [];
  const tests = parts.map((part): ((run: ListedRun) => boolean) => {
    const [, name = '', value = ''] = /^([a-z]+):"?([^"]+)"?$/.exec(part) ?? [];
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) return run => textOf(run).includes(part);
    if (name === 'issue') return run => field(run).includes(value.replace(/^#/, ''));
    return run => field(run).some(one => one?.toLowerCase().includes(value));
  });
  return run => tests.every(test => test(run));
}

/** What the header says of all runs. */
export interface RunCounts {
  readonly running: number;
  /** Those that are between two agents. */
  readonly between: number;
  /** What is waited for, with how many runs do. */
  readonly waiting: readonly (readonly [reason: string, runs: number])[];
  readonly stalled: number;
  /** Those that failed and whose last event is of today, since midnight in the reader's time zone. */
  readonly failedToday: number;
  /** What the runs of the last seven days cost, from their beginning on; null where no price is known. US dollars */
  readonly cost_usd: number | null;
  /** Whether that is at least so much. */
  readonly cost_estimated: boolean;
  /** Of how many of those runs a price is known, and how many there are. */
  readonly priced: number;
  readonly recent: number;
}

/** Counts what a person asks first. */
export function countsOf(runs: readonly ListedRun[], nowMs: number): RunCounts {
  const waiting = new Map<string, number>();
  for (const { waiting: on } of runs) if (on !== null) waiting.set(on, (waiting.get(on) ?? 0) + 1);
  const recent = runs.filter(run => isIn(run, spanOf('week'), nowMs)).map(({ totals }) => totals);
  const count = (wanted: AdwStatus) => runs.filter(({ status }) => status === wanted).length;
  const prices = recent.flatMap(({ cost_usd }) => cost_usd ?? []);
  return {
    running: count('running'),
    between: count('between_roles'),
    waiting: [...waiting],
    stalled: count('stalled'),
    failedToday: runs.filter(run => run.status === 'failed' && isIn(run, spanOf('today'), nowMs)).length,
    cost_usd: prices.length === 0 ? null : prices.reduce((sum, cost) => sum + cost, 0),
    cost_estimated: prices.length < recent.length || recent.some(({ cost_estimated }) => cost_estimated),
    priced: prices.length,
    recent: recent.length,
  };
}
