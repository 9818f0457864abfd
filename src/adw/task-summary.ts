import { addUsed } from './account.ts';
import { usdOnWire } from './cost.ts';
import { iso } from './iso.ts';
import { later } from './read.ts';
import type { AttemptState } from './state.ts';
import type { TaskSummary } from './summary-shape.ts';
import type { TaskState } from './task-state.ts';
import { sumOfTokens } from './tokens.ts';

/** How a tree of tasks is seen. */
export interface TaskView {
  readonly nowMs: number;
  /** Whether their agent may still write: a task that did not end is unfinished otherwise. */
  readonly isActive: boolean;
  /** What list prices are multiplied by: {@link priceFactor} of their attempt. */
  readonly factor: number;
}

/** The tasks of an attempt as a list in which every task stands behind the one that launched it. */
export function taskSummaries({ tasks }: AttemptState, view: TaskView): TaskSummary[] {
  const children = new Map<TaskState | undefined, TaskState[]>();
  for (const task of tasks) {
    const parent = parentOf(task, tasks);
    children.set(parent, [...(children.get(parent) ?? []), task]);
  }
  const seen = new Set<TaskState>();
  const walk = (parent: TaskState | undefined, depth: number): TaskSummary[] =>
    (children.get(parent) ?? []).flatMap(task => {
      if (seen.has(task)) return [];
      seen.add(task);
      return [taskSummary(task, parent, { ...view, depth }), ...walk(task, depth + 1)];
    });
  const tree = walk(undefined, 1);
  // Tasks that name each other as parents hang on nothing.
  return [
    ...tree,
    ...tasks.filter(task => !seen.has(task)).map(task => taskSummary(task, undefined, { ...view, depth: 1 })),
  ];
}

/** The task that launched one: by its id, else by its call. An id that is not known counts as none, as its maker says. */
function parentOf({ parentTaskId, parentToolUseId }: TaskState, tasks: readonly TaskState[]): TaskState | undefined {
  const byId = parentTaskId === null ? undefined : tasks.find(({ taskId }) => taskId === parentTaskId);
  if (byId !== undefined || parentToolUseId === null) return byId;
  return tasks.find(({ taskId, toolUseId }) => toolUseId === parentToolUseId || taskId === parentToolUseId);
}

function taskSummary(
  task: TaskState,
  parent: TaskState | undefined,
  { nowMs, isActive, factor, depth }: TaskView & { readonly depth: number },
): TaskSummary {
  const isLive = task.state === 'running' && !task.isLost && isActive;
  const endMs = isLive ? nowMs : later(task.endedMs, task.state === 'running' ? task.lastMs : null);
  // Between a time that was seen and one that was worked out lies nothing that anything measured.
  const seenMs = task.isGuessed ? null : between(task.startedMs, endMs);
  const seen = addUsed(task.seen, task.seenBeside);
  const isSeen = sumOfTokens(seen.tokens) > 0;
  return {
    task_id: task.taskId,
    tool_use_id: task.toolUseId,
    parent_task_id: parent?.taskId ?? task.parentTaskId,
    parent_tool_use_id: parent?.toolUseId ?? task.parentToolUseId,
    task_type: task.taskType,
    subagent_type: task.subagentType,
    description: task.description,
    depth,
    is_background: task.isBackground,
    state: task.state === 'running' && !isLive ? 'unfinished' : task.state,
    started_at: iso(task.startedMs),
    ended_at: task.state === 'running' ? null : iso(task.endedMs),
    // What a line said of a task that never ended is how long it had run by then.
    duration_ms: isLive ? seenMs : task.state === 'running' ? null : (task.durationMs ?? seenMs),
    tools: Math.max(task.toolsSaid ?? 0, task.toolsSeen),
    tool_errors: task.toolErrors,
    total_tokens: task.totalTokens ?? (isSeen ? sumOfTokens(seen.tokens) : null),
    cost_usd: seen.costUsd === null ? null : usdOnWire(seen.costUsd * factor),
    progress: isLive ? task.doing : '',
    result: task.result,
    error: task.error,
  };
}

function between(startMs: number | null, endMs: number | null): number | null {
  return startMs === null || endMs === null ? null : Math.max(0, endMs - startMs);
}
