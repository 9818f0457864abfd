import type { Used } from './account-state.ts';

/** How a task is, by what was written. That a task never ended is judged when it is shown: nothing is written then. */
export type TaskWord = 'running' | 'completed' | 'failed' | 'stopped';

/** One task of an agent: a sub-agent, a shell command, a workflow. Its tokens and cost are within its session's. */
export interface TaskState {
  /** The agent program's own id of it; null until a line says it, and where the program gives none. */
  taskId: string | null;
  /** The call that launched it; null where no line says it. */
  toolUseId: string | null;
  /** The task whose agent launched it; null where that is the main agent or unknown. */
  parentTaskId: string | null;
  /** The call that launched that one, by the `parent_tool_use_id` of the launching line. */
  parentToolUseId: string | null;
  /** `local_agent`, `local_bash`, `local_workflow`, …; as written. */
  taskType: string;
  /** The kind of sub-agent (`Explore`); empty for what is none. */
  subagentType: string;
  description: string;
  /** 1 for what the main agent launched; null where it is not said. */
  depth: number | null;
  /** Whether the agent goes on while it runs. */
  isBackground: boolean;
  /** Housekeeping of the agent program, which keeps no run alive. */
  isAmbient: boolean;
  /** Whether its process ended before it did. */
  isLost: boolean;
  state: TaskWord;
  startedMs: number | null;
  lastMs: number | null;
  endedMs: number | null;
  /** Whether start or end was worked out, and not seen or written: what lies between is a guess. */
  isGuessed: boolean;
  /** As the agent program measured it; null where it did not. */
  durationMs: number | null;
  /** Calls that it made, as lines show them. */
  toolsSeen: number;
  /** Calls that it made, as the agent program counts them; null where it does not say. */
  toolsSaid: number | null;
  toolErrors: number;
  /** Tokens as the agent program counts them: those of its last request; null where it does not say. */
  totalTokens: number | null;
  /** What its lines say was used: running totals. At least so much was. */
  seen: Used;
  /** The same of what only its transcript has. */
  seenBeside: Used;
  /** What it does, as its last progress line says; empty when nothing was said. */
  doing: string;
  /** Its result's text, cut; null while there is none. */
  result: string | null;
  error: string | null;
}

/** The tasks that go on beside their agent: while one is live, so is the run. Those of the agent program's own housekeeping are none. */
export function liveBackgroundTasks({ tasks }: { readonly tasks: readonly TaskState[] }): readonly TaskState[] {
  return tasks.filter(task => task.isBackground && !task.isAmbient && !task.isLost && task.state === 'running');
}
