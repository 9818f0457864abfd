import { createSession, type Session } from '../../session/session.ts';
import { NO_USAGE, type Usage } from '../../session/usage.ts';

/** The counts of a thread. */
export interface ThreadTotals {
  /** As its newest line says. */
  said: Usage;
  /** Those of its processes before, where one began at zero again. */
  carried: Usage;
}

/** What the lines of one file generation have told so far. */
export interface CodexSession extends Session {
  /** The file, below the ADW's root, and the attempt that it is. */
  readonly path: string;
  readonly attempt: number;
  /** Processes that wrote to the file so far: each counts its items from 0. */
  processes: number;
  /** Turns so far whose counts were said. */
  counted: number;
  /** What the agent said last in this turn. */
  answer: string | undefined;
  /** Whether the process told of an end, and of nothing that goes on since. */
  isOver: boolean;
  /** The list that was told last, as text. */
  todos: string;
  readonly threads: Map<string, ThreadTotals>;
}

/** The state before the first line. */
export function createCodexSession({
  home,
  price,
  path,
  attempt,
}: Pick<CodexSession, 'home' | 'price' | 'path' | 'attempt'>): CodexSession {
  return {
    ...createSession({ home, price }),
    path,
    attempt,
    processes: 0,
    counted: 0,
    answer: undefined,
    isOver: false,
    todos: '',
    threads: new Map(),
  };
}

/** The counts of the thread at hand. */
export function threadOf(session: CodexSession): ThreadTotals {
  const id = session.sessionId ?? '';
  const known = session.threads.get(id) ?? { said: NO_USAGE, carried: NO_USAGE };
  session.threads.set(id, known);
  return known;
}
