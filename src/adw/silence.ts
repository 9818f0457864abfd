import { later } from './read.ts';
import type { AdwState, AttemptState } from './state.ts';

/** What a judgement depends on beside the events: the clock, and two limits that the server's options give. */
export interface Present extends JudgementLimits {
  /** ms since the Unix epoch. */
  readonly nowMs: number;
  /** No time tells how long anything was silent: then nothing is. */
  readonly isSilenceUnknown?: boolean;
}

/** How long silence may last before it means something. */
export interface JudgementLimits {
  /** ms without an event after which something that runs counts as stalled. */
  readonly stallTimeoutMs: number;
  /** ms of quiet after its last role, after which a run counts as over though no event says that it ended. */
  readonly settleMs: number;
}

/** What {@link JudgementLimits} are where nothing else is given. */
export const DEFAULT_LIMITS: JudgementLimits = { stallTimeoutMs: 300_000, settleMs: 300_000 };

/** A role that was silent for this many stall timeouts has ended: its process is gone and no result will come. */
export const STALLS_UNTIL_ENDED = 10;

/** A time further ahead than clocks go apart says nothing of when something was: a copy or another time zone made it. ms */
const AHEAD_MS_MAX = 600_000;

/** How long ago `ms` was. An unknown time is no silence; one far in the future is no sign of life. ms */
export function silenceOf(ms: number | null, { nowMs, isSilenceUnknown = false }: Present): number {
  if (ms === null || isSilenceUnknown) return 0;
  return ms > nowMs + AHEAD_MS_MAX ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - ms);
}

/** How long the whole run has been quiet, ms: since its newest event, and by its logs where their clocks can be right. */
export function quietOf(state: AdwState, present: Present): number {
  const times = signsOf(state).filter(ms => ms !== null);
  return times.length === 0 ? 0 : Math.min(...times.map(ms => silenceOf(ms, present)));
}

/** The newest signs of life of a run. The directory of a role that has written is none: a copy makes it anew. */
function signsOf({ newest, logs, roles }: AdwState): (number | null)[] {
  return [
    newest.seenMs ?? newest.ms,
    ...Object.values(logs).map(({ ms }) => ms),
    ...Object.values(roles).map(({ attempts, appearedMs }) => (attempts.length > 0 ? null : appearedMs)),
  ];
}

/** The newest sign of life of an attempt: its own lines, and its tasks. ms since the Unix epoch */
export function lastSignOf({ lastMs, tasks }: AttemptState): number | null {
  return tasks.map(task => task.lastMs).reduce(later, lastMs);
}

/** The next moment at which the clock alone may change a judgement; null where it cannot. ms since the Unix epoch */
export function nextCheck(state: AdwState, { nowMs, stallTimeoutMs, settleMs }: Present): number | null {
  const roles = Object.values(state.roles);
  const attempts = roles.flatMap(role => role.attempts.at(-1) ?? []);
  const signs = [
    ...signsOf(state),
    ...roles.map(({ prompt }) => prompt?.ms ?? null),
    ...attempts.map(lastSignOf),
    ...attempts.map(({ lastMs }) => lastMs),
    ...attempts.map(({ waiting }) => waiting?.untilMs ?? null),
  ];
  const spans = [0, stallTimeoutMs, settleMs, stallTimeoutMs * STALLS_UNTIL_ENDED];
  const moments = signs.flatMap(ms => (ms === null ? [] : [ms - AHEAD_MS_MAX, ...spans.map(span => ms + span + 1)]));
  const ahead = moments.filter(ms => ms > nowMs);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** A moment as a person reads it, in UTC to the minute: `2026-02-24 19:49 UTC`. */
export function clockText(ms: number | null): string {
  if (ms === null) return 'an unknown time';
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
