import type { RunState } from '../event/run-state.ts';

/** What a run or a role is, and why. */
export interface Judgement {
  readonly state: RunState;
  /** In one sentence fit to show. */
  readonly reason: string;
  /** Ids of the events that it follows from, the most important first. */
  readonly evidence: readonly string[];
  /** Since when it is so, ms since the Unix epoch; null where no time is known. */
  readonly sinceMs: number | null;
  /** What it waits for; null in every other state than `waiting`. */
  readonly waiting: WaitingFor | null;
}

/** The judgement of a run. */
export interface RunJudgement extends Judgement {
  /** Until then nothing but an event can change the answer, ms since the Unix epoch; null where only an event can. */
  readonly nextCheckMs: number | null;
}

/** What something waits for. */
export interface WaitingFor {
  /** `permission`, `rate_limit`, `api_retry`, `compaction` or `background_tasks`. */
  readonly for: string;
  /** When it ends at the latest; null where that is not known. ms since the Unix epoch */
  readonly untilMs: number | null;
}

/** States of a run that nothing more is expected after. */
const ENDED: ReadonlySet<RunState> = new Set(['completed', 'failed', 'ended_without_result']);

/** Whether nothing more is expected of a run in this state. */
export function isEnded(state: RunState): boolean {
  return ENDED.has(state);
}
