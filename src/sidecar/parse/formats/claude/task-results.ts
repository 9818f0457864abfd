import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import { cutOf, firstChars, firstLine } from '../../preview.ts';
import { addTask, beginTask, quoted, type TaskDetails, type Telling, taskIdOf, tellTask } from '../../session/tasks.ts';
import { taskWordOf } from './task-word.ts';

/** A call whose result may tell of a task. */
export interface AnsweredCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly input: JsonObject;
  readonly success: boolean;
  readonly output: string;
  /** `tool_use_result` of the line; absent in versions that have none, and for failures. */
  readonly result: JsonObject | undefined;
}

const AGENT_TOOLS: ReadonlySet<string> = new Set(['Agent', 'Task']);
const STOPPING_TOOLS: ReadonlySet<string> = new Set(['TaskStop', 'KillShell', 'KillBash']);

/**
 * What a call's result says of tasks: a sub-agent or a command that was launched and goes on, a sub-agent that ended with
 * this result, a task that was stopped or asked after. To be told before the call's end: a launch does not end anything.
 */
export function taskResult(call: AnsweredCall, to: Telling): void {
  const { id, name, input, result } = call;
  if (AGENT_TOOLS.has(name)) agentResult(call, to);
  const shell = taskIdOf(result?.backgroundTaskId);
  if (shell !== undefined) {
    const description = quoted(asText(input.description) ?? asText(input.command) ?? '');
    const launch = { task_type: 'local_bash', is_background: true, description, ...callOf(id) };
    beginTask(shell, launch, to);
  }
  answerAbout(call, to);
}

function agentResult({ id, input, success, output, result }: AnsweredCall, to: Telling): void {
  const taskId = taskIdOf(result?.agentId) ?? taskIdOf(result?.taskId);
  const status = asText(result?.status) ?? '';
  const kind = asText(input.subagent_type);
  const launch: TaskDetails = {
    ...callOf(id),
    ...(kind === undefined ? {} : { subagent_type: firstLine(kind, 80) }),
    description: quoted(asText(input.description) ?? ''),
    task_type: status === 'remote_launched' ? 'remote_agent' : 'local_agent',
  };
  if (success && (result?.isAsync === true || status.endsWith('_launched'))) {
    if (taskId !== undefined) beginTask(taskId, { ...launch, is_background: true }, to);
    return;
  }
  const [duration, tokens, calls] = [result?.totalDurationMs, result?.totalTokens, result?.totalToolUseCount].map(
    asAmount,
  );
  const ended = {
    ...launch,
    state: success ? ('completed' as const) : ('failed' as const),
    ...(duration === undefined ? {} : { duration_ms: duration }),
    ...(tokens === undefined ? {} : { total_tokens: tokens }),
    ...(calls === undefined ? {} : { tool_uses: calls }),
    ...(success ? { result: firstChars(output) } : { error: firstChars(output) }),
    ...cutOf(output),
  };
  if (taskId !== undefined) addTask(taskId, ended, to);
  else if (id !== undefined) to.events.add('task_update', ended);
}

/** `TaskOutput` and its forerunners say how a task is; `TaskStop` and `KillShell` end one. */
function answerAbout({ name, success, result }: AnsweredCall, to: Telling): void {
  const about = asObject(result?.task) ?? result;
  const id = taskIdOf(about?.task_id) ?? taskIdOf(about?.shellId) ?? taskIdOf(about?.shell_id);
  const known = id === undefined ? undefined : to.tasks.get(id);
  if (id === undefined || known?.state !== 'running' || !success) return;
  const state = STOPPING_TOOLS.has(name) ? 'stopped' : taskWordOf(about?.status);
  if (state !== undefined && state !== 'running') tellTask(id, { state }, to);
}

function callOf(id: string | undefined): TaskDetails {
  return id === undefined ? {} : { tool_use_id: firstChars(id, 128) };
}
