import type { PathBases } from '../../../../adw/path.ts';
import { BoundedMap } from '../../../../base/bounded-map.ts';
import type { EventTime, PriceOf } from '../../../flow.ts';
import type { SharedAgents } from '../../agents.ts';
import type { JsonObject } from '../../json.ts';
import { type KnownTasks, TASKS_MAX } from './tasks.ts';
import { createTodoList, type TodoList } from './todos.ts';
import { createUsageTally, type UsageTally } from './usage.ts';

/** A tool call that has no result yet. */
export interface OpenTool {
  readonly name: string;
  readonly input: JsonObject;
  readonly startedAt: EventTime;
  /** The line that made the call, which a later line may take back. */
  readonly lineUuid: string | undefined;
}

/** Tool calls remembered without a result. Prevents a file of calls that are never answered from filling memory. */
const OPEN_TOOLS_MAX = 2_000;

/** What the lines of one file generation have told so far; a fold of its lines and of nothing else. */
export interface Session {
  sessionId: string | undefined;
  model: string | undefined;
  cwd: string | undefined;
  /** Thinking and text blocks so far. */
  sequence: number;
  /** Sessions of which it was already said that their thinking is not disclosed. */
  readonly undisclosed: Set<string>;
  readonly openTools: Map<string, OpenTool>;
  readonly usage: UsageTally;
  readonly tasks: KnownTasks;
  readonly todos: TodoList;
  readonly home: string | undefined;
  readonly price: PriceOf;
  /** The file, below the ADW's root, and the attempt that it is. */
  readonly path: string;
  readonly attempt: number;
  readonly agents: SharedAgents;
  /** Sub-agents of which this file said what is known beside their lines. */
  readonly described: Set<string>;
}

/** The state before the first line. */
export function createSession(context: Pick<Session, 'home' | 'price' | 'path' | 'attempt' | 'agents'>): Session {
  return {
    sessionId: undefined,
    model: undefined,
    cwd: undefined,
    sequence: 0,
    undisclosed: new Set(),
    openTools: new BoundedMap(OPEN_TOOLS_MAX),
    usage: createUsageTally(),
    tasks: new BoundedMap(TASKS_MAX),
    described: new Set(),
    todos: createTodoList(),
    ...context,
  };
}

/** Remembers a tool call until its result comes. */
export function openTool(session: Session, id: string, tool: OpenTool): void {
  session.openTools.set(id, tool);
  if (session.openTools.size > OPEN_TOOLS_MAX) {
    session.openTools.delete(session.openTools.keys().next().value as string);
  }
}

/** The tool call that a result answers, which is then no longer open. */
export function closeTool(session: Session, id: string): OpenTool | undefined {
  const tool = session.openTools.get(id);
  session.openTools.delete(id);
  return tool;
}

/** What paths of this session are shown relative to. */
export function pathBases({ cwd, home }: Session): PathBases {
  return { bases: cwd === undefined ? [] : [cwd], home };
}
