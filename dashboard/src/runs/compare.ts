import type { ListedRun } from '../../../src/adw/listed-run.ts';
import type { Row } from '../../../src/adw/row.ts';
import { isEnded } from '../../../src/adw/run-state.ts';
import type { AdwSummary, AttemptSummary, PhaseSummary, TokensSummary } from '../../../src/adw/summary-shape.ts';
import { tokensTold } from '../../../src/adw/tokens.ts';
import { type Known, medianOf } from './totals.ts';

/** What is compared: a run, or one attempt of a role of it. */
export interface Side {
  readonly run: AdwSummary;
  /** `role:attempt`; empty for the whole run. */
  readonly part: string;
}

/** What a run, a phase or an attempt took. What is not known, or cannot be told apart, is null. */
export interface Figures {
  readonly status: string;
  readonly ms: number | null;
  readonly msEstimated: boolean;
  readonly cost_usd: number | null;
  readonly cost_estimated: boolean;
  readonly tokens: number | null;
  readonly tools: number | null;
  readonly files: number | null;
  readonly failures: number | null;
  readonly attempts: number | null;
}

/** One line of a comparison. */
export interface Compared {
  /** A phase; empty for the whole. */
  readonly name: string;
  /** undefined where a side does not have it, or never began it. */
  readonly sides: readonly [Figures | undefined, Figures | undefined];
}

/** Runs of one workflow from which a median says something. */
export const MEDIAN_RUNS_MIN = 3;

/** What the runs in the middle took; null where fewer than {@link MEDIAN_RUNS_MIN} are known. */
export interface Median {
  readonly runs: number;
  readonly ms: number | null;
  readonly cost_usd: number | null;
  readonly tokens: number | null;
  /** Of how many of the runs each is known. */
  readonly known: Readonly<Record<Known, number>>;
}

/** A role and the number of one of its attempts, of `role:attempt`; undefined of anything else. */
export function partOf(text: string): { readonly role: string; readonly attempt: number } | undefined {
  const [, role = '', attempt = ''] = /^(.+):(\d{1,9})$/.exec(text) ?? [];
  return role === '' ? undefined : { role, attempt: Number(attempt) };
}

/** Every attempt of a run as {@link partOf} reads it, in the order of its roles. */
export function partsIn({ roles }: AdwSummary): string[] {
  return roles.flatMap(({ role, attempts }) => attempts.map(({ attempt }) => `${role}:${attempt}`));
}

/** What of a run is held against itself, until a person chooses: the first and the last attempt of the role that has most. */
export function ownParts({ roles }: AdwSummary): readonly [string, string] {
  const [most] = roles.toSorted((a, b) => b.attempts.length - a.attempts.length);
  const [first, last] = [most?.attempts[0], most?.attempts.at(-1)];
  if (most === undefined || first === undefined || last === undefined || first === last) return ['', ''];
  return [`${most.role}:${first.attempt}`, `${most.role}:${last.attempt}`];
}

/** The whole of both sides, then each phase of either, in the order of the first. Pure. */
export function comparedLines(a: Side, b: Side): Compared[] {
  const whole: Compared = { name: '', sides: [wholeOf(a), wholeOf(b)] };
  if (partOf(a.part) || partOf(b.part)) return [whole];
  const names = [...new Set([a.run, b.run].flatMap(({ phases }) => phases.filter(hasBegun).map(({ name }) => name)))];
  return [whole, ...names.map((name): Compared => ({ name, sides: [phaseOf(a.run, name), phaseOf(b.run, name)] }))];
}

const hasBegun = ({ status }: PhaseSummary) => status !== 'pending';

function wholeOf({ run, part }: Side): Figures | undefined {
  const asked = partOf(part);
  if (asked === undefined) {
    const { totals, files } = run;
    return {
      status: run.status,
      ms: run.elapsed_ms,
      msEstimated: run.elapsed_estimated,
      cost_usd: totals.cost_usd,
      cost_estimated: totals.cost_estimated,
      tokens: tokensTold(totals),
      tools: totals.tools,
      files: files.length,
      failures: totals.errors,
      attempts: null,
    };
  }
  const found = run.roles.find(({ role }) => role === asked.role)?.attempts.find(one => one.attempt === asked.attempt);
  return found && ofAttempt(found);
}

function ofAttempt(attempt: AttemptSummary): Figures {
  return {
    status: attempt.status,
    ms: attempt.duration_ms,
    msEstimated: attempt.duration_estimated,
    cost_usd: attempt.cost_usd,
    cost_estimated: attempt.cost_estimated,
    tokens: tokensTold(attempt),
    tools: attempt.tools,
    // Which attempt changed a file is not told.
    files: null,
    failures: attempt.errors,
    attempts: null,
  };
}

function phaseOf(run: AdwSummary, name: string): Figures | undefined {
  const phase = run.phases.find(one => one.name === name);
  if (phase === undefined || !hasBegun(phase)) return undefined;
  const own = run.roles.filter(({ role }) => phase.roles.includes(role));
  // What a role did in several phases is told apart by its time and cost alone.
  const isShared = run.phases.some(other => other !== phase && other.roles.some(role => phase.roles.includes(role)));
  const sum = (of: (role: (typeof own)[number]) => number) => own.reduce((total, role) => total + of(role), 0);
  const tokens = (key: keyof TokensSummary) => sum(role => role[key]);
  return {
    status: phase.status,
    ms: phase.duration_ms,
    msEstimated: phase.duration_estimated,
    cost_usd: phase.cost_usd,
    cost_estimated: phase.cost_estimated,
    tokens: isShared
      ? null
      : tokensTold({
          input_tokens: tokens('input_tokens'),
          output_tokens: tokens('output_tokens'),
          cache_read_tokens: tokens('cache_read_tokens'),
          cache_write_tokens: tokens('cache_write_tokens'),
        }),
    tools: isShared ? null : sum(role => role.tools),
    files: isShared ? null : run.files.filter(({ role }) => role !== null && phase.roles.includes(role)).length,
    failures: isShared ? null : sum(role => role.errors),
    attempts: phase.attempts,
  };
}

/** The median of the ended runs of a workflow, of the whole (empty name) or of a phase. Pure. */
export function medianFor(runs: readonly ListedRun[], workflow: string, name: string): Median | undefined {
  const own = runs.filter(run => run.workflow === workflow && isEnded(run.status));
  const shares = own.flatMap(run => {
    if (name !== '') {
      const phase = run.parts?.phases.find(one => one.name === name);
      return phase === undefined ? [] : [{ ms: phase.duration_ms, cost: phase.cost_usd, tokens: null }];
    }
    return [{ ms: run.elapsed_ms, cost: run.totals.cost_usd, tokens: tokensTold(run.totals) }];
  });
  if (shares.length < MEDIAN_RUNS_MIN) return undefined;
  const known = (what: Known) => shares.flatMap(share => share[what] ?? []);
  const of = (what: Known) => (known(what).length < MEDIAN_RUNS_MIN ? null : medianOf(known(what)));
  return {
    runs: shares.length,
    ms: of('ms'),
    cost_usd: of('cost'),
    tokens: of('tokens'),
    known: { ms: known('ms').length, cost: known('cost').length, tokens: known('tokens').length },
  };
}

/** A tool call, as far as two runs are held against each other by it. */
export interface Call {
  readonly id: string;
  readonly role: string;
  readonly tool: string;
  readonly summary: string;
}

/** Where two runs go apart. */
export interface Difference {
  /** Calls that are the same before it. */
  readonly same: number;
  /** undefined where a side makes no more calls. */
  readonly sides: readonly [Call | undefined, Call | undefined];
}

/** The tool calls of a side, in the order of the log, one after the other. */
export async function* callsOf(pages: AsyncIterable<Iterable<Row>>, part: string): AsyncGenerator<Call> {
  const asked = partOf(part);
  for await (const rows of pages) {
    for (const { type, id, role, attempt, tool = '', summary } of rows) {
      if (type !== 'tool_use_pre') continue;
      if (asked !== undefined && (role !== asked.role || attempt !== asked.attempt)) continue;
      yield { id, role, tool, summary };
    }
  }
}

/**
 * Reads two sides up to the first call in which they differ; a run's own id, which is in the names of its files, is no difference.
 * @returns no call on either side where all are the same
 */
export async function firstDifference(
  [a, b]: readonly [AsyncIterator<Call>, AsyncIterator<Call>],
  [idA, idB]: readonly [string, string],
): Promise<Difference> {
  const keyOf = ({ role, tool, summary }: Call, id: string) => `${role}\0${tool}\0${summary.replaceAll(id, '')}`;
  for (let same = 0; ; same++) {
    const [one, other] = await Promise.all([a.next(), b.next()]);
    const sides = [one.done ? undefined : one.value, other.done ? undefined : other.value] as const;
    const [left, right] = sides;
    if (left === undefined || right === undefined || keyOf(left, idA) !== keyOf(right, idB)) return { same, sides };
  }
}
