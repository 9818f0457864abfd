import { formatCost, formatDuration } from '../../adw/format.ts';
import { idleMs } from '../../adw/own-phases.ts';
import { isEnded } from '../../adw/run-state.ts';
import type { AdwSummary, PhaseSummary } from '../../adw/summary-shape.ts';
import { isoTime } from '../../base/clock.ts';
import { shown } from './alarm.ts';
import type { AlarmRule } from './config.ts';
import { dayOf, type Fleet, knownDuration } from './fleet.ts';

/** What came about longer ago than this when the server learns of it is of the past, as in a run that is replayed. ms */
export const PAST_MS = 3_600_000;
/** A time further ahead than clocks go apart is not now either. ms */
const AHEAD_MS_MAX = 600_000;

/** Something that a rule looks for, and when it came about. */
export interface Incident {
  readonly rule: AlarmRule;
  /** Names it among all that the rule finds: the same for the same incident. */
  readonly key: string;
  /** Whether it is one of all runs of the log together, and not of the run that it was found at. */
  readonly isOfAll: boolean;
  /** In one sentence fit to show. */
  readonly message: string;
  /** Ids of the events that it rests on, the most important first. */
  readonly evidence: readonly string[];
}

/** A run in the light of which rules are checked. */
export interface Seen {
  readonly summary: AdwSummary;
  /** The log's newest word on its state, and the event that says so; absent before the first. */
  readonly said: { readonly status: string; readonly eventId: string } | undefined;
  /** The moment since which it has been in its state, by what was written; see `turnedMs`. ms since the Unix epoch */
  readonly turnedMs: () => number | null;
  readonly fleet: Fleet;
  readonly nowMs: number;
}

interface Found extends Omit<Incident, 'rule' | 'isOfAll'> {
  readonly isOfAll?: boolean;
  /** When it came about, by what was written; null where no time was. ms since the Unix epoch */
  readonly atMs: () => number | null;
}

/** What the rules find at a run now. Pure: what was raised before, the caller knows. */
export function incidentsOf(rules: readonly AlarmRule[], seen: Seen): Incident[] {
  return rules.flatMap(rule =>
    find(rule, seen)
      .filter(({ atMs }) => rule.past || !isPast(atMs(), seen.nowMs))
      .map(({ key, message, evidence, isOfAll = false }) => ({ rule, key, message, evidence, isOfAll })),
  );
}

/** Until when only events can make a rule find something new at this run; null where only they can. ms since the epoch */
export function nextCheckMs(rules: readonly AlarmRule[], { summary, fleet, nowMs }: Seen): number | null {
  const checks = [
    msOf(summary.next_check_at),
    ...rules.flatMap(rule =>
      rule.when === 'slow_phase'
        ? slowPhases(rule, { summary, fleet }).map(({ overAtMs, endedMs }) => (endedMs === null ? overAtMs : null))
        : [],
    ),
  ].filter(ms => ms !== null && ms > nowMs);
  return checks.length === 0 ? null : Math.min(...checks.map(Number));
}

/** An unknown moment, or one that has not come yet, is not now. */
function isPast(atMs: number | null, nowMs: number): boolean {
  return atMs === null || nowMs - atMs > PAST_MS || atMs - nowMs > AHEAD_MS_MAX;
}

function find(rule: AlarmRule, seen: Seen): Found[] {
  switch (rule.when) {
    case 'cost':
      return rule.per === 'run' ? costOfRun(rule.above, seen) : costOfDay(rule.above, seen);
    case 'permission':
      return permission(seen);
    case 'repeated_call':
      return loops('repeated_call', rule.times, seen);
    case 'failing_test':
      return loops('failing_test', rule.fixes, seen);
    case 'slow_phase':
      return slow(rule, seen);
    default:
      return inState(rule.when, seen);
  }
}

/** One for each time that the log says the state anew. */
function inState(status: string, { summary, said, turnedMs }: Seen): Found[] {
  if (summary.status !== status || said?.status !== status) return [];
  const message = `${summary.adw_id} ${STATE_WORDS[status] ?? status}: ${shown(summary.why)}`;
  return [{ key: said.eventId, message, evidence: summary.evidence, atMs: turnedMs }];
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  failed: 'has failed',
  ended_without_result: 'has ended without a result',
  stalled: 'is stalled',
  completed: 'has completed',
};

/** One for each request. */
function permission({ summary }: Seen): Found[] {
  const { waiting, evidence, since, why } = summary;
  if (waiting?.for !== 'permission') return [];
  const message = `${summary.adw_id} waits for a permission: ${shown(why)}`;
  return [{ key: evidence[0] ?? since ?? '', message, evidence, atMs: atMostKnown(summary, since) }];
}

/** One for each run and budget. */
function costOfRun(above: number, { summary }: Seen): Found[] {
  const { cost_usd: cost } = summary.totals;
  if (cost === null || cost <= above) return [];
  const message = `${summary.adw_id} has cost ${costText(summary)}, more than ${formatCost(above)}`;
  return [{ key: `run ${above}`, message, evidence: [], atMs: () => msOf(summary.last_known_at) }];
}

/** One for each day and budget; found at a run of that day. */
function costOfDay(above: number, { summary, fleet, nowMs }: Seen): Found[] {
  const today = isoTime(nowMs).slice(0, 10);
  if (summary.last_known_at === null || dayOf(summary.first_event_at) !== today) return [];
  const spent = fleet.spentOn(today);
  if (spent <= above) return [];
  const message = `runs that began on ${today} (UTC) have cost ${formatCost(spent)}, more than ${formatCost(above)}`;
  const atMs = () => msOf(summary.last_known_at);
  return [{ key: `day ${today} ${above}`, isOfAll: true, message, evidence: [], atMs }];
}

function costText({ totals }: AdwSummary): string {
  return `${totals.cost_estimated ? 'at least ' : ''}${formatCost(totals.cost_usd ?? 0)}`;
}

/** One for each row of calls, or of failures. */
function loops(kind: 'repeated_call' | 'failing_test', least: number, { summary }: Seen): Found[] {
  return summary.loops
    .filter(loop => loop.kind === kind && loop.count >= least)
    .map(({ role, tool, argument, count, first_event_id, event_id, at }) => {
      const call = shown(`${tool} ${argument}`.trim());
      const message =
        kind === 'repeated_call'
          ? `${summary.adw_id}: ${role} has called the same ${count} times in a row: ${call}`
          : `${summary.adw_id}: ${role} has changed files ${count} times, and the same fails: ${call}`;
      const evidence = [event_id ?? [], first_event_id ?? []].flat();
      return { key: first_event_id ?? call, message, evidence, atMs: atMostKnown(summary, at) };
    });
}

type SlowPhaseRule = Extract<AlarmRule, { readonly when: 'slow_phase' }>;

/** One for each run and phase. */
function slow(rule: SlowPhaseRule, seen: Seen): Found[] {
  const { summary, nowMs } = seen;
  return slowPhases(rule, seen)
    .filter(({ overAtMs, endedMs }) => (endedMs ?? nowMs) >= overAtMs)
    .map(({ phase, medianMs, overAtMs, endedMs }) => {
      const took = formatDuration(phase.duration_ms ?? 0);
      const message = `${summary.adw_id}: the phase ${phase.name} has taken ${took}, more than ${rule.times} times its median of ${formatDuration(medianMs)}`;
      const knownMs = msOf(summary.last_known_at);
      const atMs = () => (knownMs === null ? null : (endedMs ?? Math.max(knownMs, overAtMs)));
      return { key: phase.name, message, evidence: [], atMs };
    });
}

interface SlowPhase {
  readonly phase: PhaseSummary;
  readonly medianMs: number;
  /** When it takes too long. ms since the Unix epoch */
  readonly overAtMs: number;
  /** When it ended, which a server that was down learns after; null while it runs. ms since the Unix epoch */
  readonly endedMs: number | null;
}

/** The phases that have begun and have a median: those that run, and those that are over. */
function slowPhases(rule: SlowPhaseRule, { summary, fleet }: Pick<Seen, 'summary' | 'fleet'>): SlowPhase[] {
  return summary.phases.flatMap(phase => {
    const startedMs = msOf(phase.started_at);
    const endedMs = phase.status === 'running' ? null : msOf(phase.ended_at);
    const isMeant = (rule.phase ?? phase.name) === phase.name;
    const isKnown = startedMs !== null && knownDuration(phase) !== null;
    const isOpen = phase.status === 'running' && !isEnded(summary.status);
    if (!isMeant || !isKnown || (!isOpen && endedMs === null)) return [];
    const medianMs = fleet.medianOf(summary, phase.name, rule.runs);
    return medianMs === undefined
      ? []
      : [{ phase, medianMs, overAtMs: startedMs + idleMs(phase.tries) + rule.times * medianMs, endedMs }];
  });
}

/** The moment of an event, which is no later than the newest that is known: what lies behind that is a guess. */
function atMostKnown({ last_known_at }: AdwSummary, at: string | null): () => number | null {
  return () => {
    const [knownMs, atMs] = [msOf(last_known_at), msOf(at)];
    return knownMs === null || atMs === null ? null : Math.min(knownMs, atMs);
  };
}

function msOf(timestamp: string | null): number | null {
  return timestamp === null ? null : Date.parse(timestamp);
}
