import { BoundedMap } from '../../../../base/bounded-map.ts';
import type { EventTime } from '../../../flow.ts';
import { createSession, type Session } from '../../session/session.ts';
import { type KnownTasks, TASKS_MAX } from '../../session/tasks.ts';
import type { Usage } from '../../session/usage.ts';

/** One run of the program, from its first line to its end. */
export interface OpenRun {
  readonly startedAt: EventTime;
  steps: number;
  usage: Usage;
  /** What the agent said last. */
  answer: string | undefined;
  /** A person, or a run without one, refused a call: then the step's end is the run's. */
  isRefused: boolean;
}

/** What the lines of one file generation have told so far. */
export interface OpenCodeSession extends Session {
  /** undefined before the first line, and after an end. */
  run: OpenRun | undefined;
  /** Ids of the parts that were told: a part that changes once more, as a call whose output is dropped does, is printed again. */
  readonly told: BoundedMap<string, true>;
  readonly tasks: KnownTasks;
}

/** Parts that may still be printed again. */
const PARTS_MAX = 5_000;

/** The state before the first line. */
export function createOpenCodeSession(context: Pick<Session, 'home' | 'price'>): OpenCodeSession {
  return {
    ...createSession(context),
    run: undefined,
    told: new BoundedMap(PARTS_MAX),
    tasks: new BoundedMap(TASKS_MAX),
  };
}
