import { attemptOf, type FoldStep } from './fold-step.ts';
import { isGuessed } from './fold-times.ts';
import { later, numberOf, textOf, timeOf } from './read.ts';
import type { AttemptState } from './state.ts';
import type { TaskState, TaskWord } from './task-state.ts';
import { NO_TOKENS } from './tokens.ts';

/** Tasks kept of one attempt. */
const TASKS_MAX = 500;
/** Characters kept of a task's result, and of its error. */
const RESULT_CHARS_MAX = 500;

const WORDS: ReadonlySet<string> = new Set<TaskWord>(['running', 'completed', 'failed', 'stopped']);

/** What names a task: at least one of the two. */
interface TaskIds {
  readonly taskId: string | null;
  readonly toolUseId: string | null;
}

/** Something about a task changed; what an event does not say stays. */
export function taskUpdate(step: FoldStep): void {
  const { data, ms } = step;
  const { attempt } = attemptOf(step);
  const task = taskOf(step, attempt, { taskId: textOf(data.task_id, 128), toolUseId: textOf(data.tool_use_id, 128) });
  if (task === undefined) return;
  describe(task, step);
  const state = WORDS.has(String(data.state)) ? (data.state as TaskWord) : task.state;
  if (state === 'running' && task.state !== 'running') {
    // Another run of it.
    Object.assign(task, { endedMs: null, durationMs: null, result: null, error: null, isLost: false });
  }
  // What says that it runs, or how it ended, comes from its own process.
  task.isLost = false;
  if (task.isBackground && task.state === 'running' && state !== 'running') attempt.backgroundEnds += 1;
  task.state = state;
  task.durationMs = numberOf(data.duration_ms) ?? task.durationMs;
  task.totalTokens = numberOf(data.total_tokens) ?? task.totalTokens;
  task.toolsSaid = numberOf(data.tool_uses) ?? task.toolsSaid;
  task.doing = textOf(data.progress) ?? task.doing;
  task.result = textOf(data.result, RESULT_CHARS_MAX) ?? task.result;
  task.error = state === 'completed' ? null : (textOf(data.error, RESULT_CHARS_MAX) ?? task.error);
  task.lastMs = later(task.lastMs, ms);
  if (state !== 'running' && task.endedMs === null) {
    const saidMs = timeOf(data.ended_at);
    task.endedMs = saidMs ?? ms ?? task.lastMs;
    task.isGuessed ||= saidMs === null && isGuessed(data.timing);
  }
}

function describe(task: TaskState, { data }: FoldStep): void {
  task.parentTaskId = textOf(data.parent_task_id, 128) ?? task.parentTaskId;
  task.parentToolUseId ??= parentOf(data, task.toolUseId);
  task.taskType = textOf(data.task_type, 80) ?? task.taskType;
  task.subagentType = textOf(data.subagent_type, 80) ?? task.subagentType;
  task.description = textOf(data.description) ?? task.description;
  task.depth = numberOf(data.depth) ?? task.depth;
  if (typeof data.is_background === 'boolean') task.isBackground = data.is_background;
  if (data.is_ambient === true) task.isAmbient = true;
}

/** The `parent_tool_use_id` of a line, unless it names the task itself. */
function parentOf(data: FoldStep['data'], toolUseId: string | null): string | null {
  const parent = textOf(data.parent_tool_use_id, 128);
  return parent === toolUseId ? null : parent;
}

/** The task that the ids name, created when it is new. One that was known under either id alone becomes one. */
function taskOf(step: FoldStep, attempt: AttemptState, { taskId, toolUseId }: TaskIds): TaskState | undefined {
  const { tasks } = attempt;
  if (taskId === null && toolUseId === null) return undefined;
  // A sub-agent whose transcript is read before the line that launches it is called by its own id.
  const isNamed = (one: TaskState, id: string | null) => id !== null && (one.taskId === id || one.toolUseId === id);
  const byTask = tasks.find(one => isNamed(one, taskId));
  const byCall = tasks.find(one => isNamed(one, toolUseId));
  if (byTask !== undefined && byTask.toolUseId === taskId) Object.assign(byTask, { taskId, toolUseId: null });
  const known = byCall ?? byTask;
  if (known === undefined) return newTask(step, attempt, { taskId, toolUseId });
  // A task that a later call resumes keeps its id; a call of its own that has another task stands for itself.
  if (byTask !== undefined && byCall !== undefined && byTask !== byCall) return merged(attempt, byCall, byTask);
  known.taskId ??= taskId;
  if (known.taskId !== toolUseId) known.toolUseId ??= toolUseId;
  return known;
}

/** The call was seen first, the task under its own id after it: what both say is of one. */
function merged({ tasks }: AttemptState, call: TaskState, task: TaskState): TaskState {
  if (call.taskId !== null) return task;
  const both: TaskState = {
    ...task,
    toolUseId: call.toolUseId,
    parentToolUseId: task.parentToolUseId ?? call.parentToolUseId,
    subagentType: task.subagentType || call.subagentType,
    description: task.description || call.description,
    startedMs: call.startedMs ?? task.startedMs,
    isGuessed: call.isGuessed || (task.endedMs !== null && task.isGuessed),
    toolsSeen: call.toolsSeen + task.toolsSeen,
    toolErrors: call.toolErrors + task.toolErrors,
  };
  tasks.splice(tasks.indexOf(task), 1);
  tasks[tasks.indexOf(call)] = both;
  return both;
}

function newTask({ state, data, ms }: FoldStep, { tasks }: AttemptState, ids: TaskIds): TaskState | undefined {
  if (tasks.length >= TASKS_MAX) {
    state.beyondLimits += 1;
    return undefined;
  }
  const task: TaskState = {
    ...ids,
    parentTaskId: null,
    parentToolUseId: parentOf(data, ids.toolUseId),
    taskType: '',
    subagentType: '',
    description: '',
    depth: null,
    isBackground: false,
    isAmbient: false,
    isLost: false,
    state: 'running',
    // A task whose first event is its end has no known start.
    startedMs: data.state === undefined || data.state === 'running' ? ms : null,
    lastMs: ms,
    isGuessed: isGuessed(data.timing),
    endedMs: null,
    durationMs: null,
    toolsSeen: 0,
    toolsSaid: null,
    toolErrors: 0,
    totalTokens: null,
    seen: { tokens: { ...NO_TOKENS }, costUsd: null },
    seenBeside: { tokens: { ...NO_TOKENS }, costUsd: null },
    doing: '',
    result: null,
    error: null,
  };
  tasks.push(task);
  return task;
}

/** The sub-agent that an event's `parent_tool_use_id` names. */
export function subAgentOf(step: FoldStep, attempt: AttemptState): TaskState | undefined {
  const toolUseId = textOf(step.data.parent_tool_use_id, 128);
  if (toolUseId === null) return undefined;
  const task = taskOf({ ...step, data: { timing: step.data.timing } }, attempt, { taskId: null, toolUseId });
  if (task === undefined) return undefined;
  task.taskType ||= 'local_agent';
  task.lastMs = later(task.lastMs, step.ms);
  return task;
}

/** A call begins that launches a sub-agent, as all versions show it. */
export function agentCalled(
  step: FoldStep,
  attempt: AttemptState,
  { id, type, description }: { readonly id: string; readonly type: string; readonly description: string },
): void {
  const task = taskOf(step, attempt, { taskId: null, toolUseId: id });
  if (task === undefined) return;
  task.taskType ||= 'local_agent';
  task.subagentType = type || task.subagentType;
  task.description = description || task.description;
}

/** The call has its result: the end of a sub-agent of which no other line tells the end, unless it goes on in the background. */
export function agentAnswered({ data, ms }: FoldStep, { tasks }: AttemptState, id: string, failed: boolean): void {
  const task = tasks.find(one => one.toolUseId === id && one.taskType !== 'local_bash');
  if (task === undefined || task.isBackground || task.state !== 'running') return;
  task.state = failed ? 'failed' : 'completed';
  task.endedMs = ms ?? task.lastMs;
  task.isGuessed ||= isGuessed(data.timing);
}

/**
 * An agent begins, or goes on. Unless the end of a task woke it, it is another process: the tasks of the one before ended
 * with that; no line says how.
 */
export function agentBegins(attempt: AttemptState): void {
  if (attempt.backgroundEnds === 0) for (const task of attempt.tasks) task.isLost ||= task.state === 'running';
  attempt.backgroundEnds = 0;
}

/** Whether work in the background may have woken the agent: older versions do not say that it ended. */
export function mayWake({ tasks }: AttemptState): boolean {
  return tasks.some(task => task.isBackground);
}
