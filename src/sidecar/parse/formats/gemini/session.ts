import { BoundedMap } from '../../../../base/bounded-map.ts';
import type { Place } from '../../line-events.ts';
import { createSession, type Session } from '../../session/session.ts';
import { type KnownTasks, TASKS_MAX } from '../../session/tasks.ts';
import type { Usage } from '../../session/usage.ts';

/** What the lines of one file generation have told so far. */
export interface GeminiSession extends Session {
  /** The pieces of a text that may go on with the next line, and where the last one stands. */
  said: { readonly pieces: string[]; place: Place } | undefined;
  /** The last whole text, which a session's end gives as its result. */
  answer: string | undefined;
  /** What the last `error` line says that was no warning. */
  error: string | undefined;
  readonly tasks: KnownTasks;
  /** Results so far. */
  results: number;
  /** What each model of each session used, over all of its processes. */
  readonly byModel: Map<string, Map<string, Usage>>;
}

/** The state before the first line. */
export function createGeminiSession(context: Pick<Session, 'home' | 'price'>): GeminiSession {
  return {
    ...createSession(context),
    said: undefined,
    answer: undefined,
    error: undefined,
    tasks: new BoundedMap(TASKS_MAX),
    results: 0,
    byModel: new Map(),
  };
}
