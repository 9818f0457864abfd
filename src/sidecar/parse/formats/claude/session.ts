import { BoundedMap } from '../../../../base/bounded-map.ts';
import type { SharedAgents } from '../../agents.ts';
import { createSession, type Session } from '../../session/session.ts';
import { type KnownTasks, TASKS_MAX } from '../../session/tasks.ts';
import { createTodoList, type TodoList } from './todos.ts';

/** What the lines of one file generation have told so far. */
export interface ClaudeSession extends Session {
  readonly tasks: KnownTasks;
  readonly todos: TodoList;
  /** The file, below the ADW's root, and the attempt that it is. */
  readonly path: string;
  readonly attempt: number;
  readonly agents: SharedAgents;
  /** Sub-agents of which this file said what is known beside their lines. */
  readonly described: Set<string>;
}

/** The state before the first line. */
export function createClaudeSession({
  home,
  price,
  ...file
}: Pick<ClaudeSession, 'home' | 'price' | 'path' | 'attempt' | 'agents'>): ClaudeSession {
  return {
    ...createSession({ home, price }),
    tasks: new BoundedMap(TASKS_MAX),
    described: new Set(),
    todos: createTodoList(),
    ...file,
  };
}
