import type { DataOf } from '../../../event/schema.ts';
import type { LineEvents, LogLevel } from '../line-events.ts';
import { cutOf, firstChars, firstLine } from '../preview.ts';

/** A state that lines tell of a task. */
export type TaskWord = NonNullable<DataOf<'task_update'>['state']>;

/** What a `task_update` says, beside the task's id; see {@link eventDataSchemas}. What is absent is not news. */
export interface TaskFields extends TaskDetails {
  readonly state: TaskWord;
}

/** The fields without the state. */
export interface TaskDetails {
  readonly tool_use_id?: string;
  readonly parent_task_id?: string;
  readonly task_type?: string;
  readonly subagent_type?: string;
  readonly description?: string;
  readonly depth?: number;
  readonly is_background?: boolean;
  readonly is_ambient?: boolean;
  readonly ended_at?: string;
  readonly duration_ms?: number;
  readonly tool_uses?: number;
  readonly total_tokens?: number;
  readonly progress?: string;
  readonly result?: string;
  readonly error?: string;
  readonly truncated?: boolean;
  readonly full_size?: number;
}

/** What was told so far of one task. */
interface KnownTask {
  state: TaskWord;
  toolUseId: string | undefined;
  description: string;
  /** Names one run of the task: one that is resumed keeps its id and begins another. */
  runId: string;
  isBackground: boolean;
  /** Housekeeping of the program: no rows in the log. */
  isAmbient: boolean;
  /** What its last progress line said. */
  progress: string;
}

/** The tasks of one file, by their ids: sub-agents and shell commands, in the background or not. */
export type KnownTasks = Map<string, KnownTask>;

/** Where something is told of a task: what is known so far, and the events of the line. */
export interface Telling {
  readonly tasks: KnownTasks;
  readonly events: LineEvents;
}

/** Tasks remembered of one file; the oldest are forgotten, so that a huge file cannot fill memory. */
export const TASKS_MAX = 2_000;
/** Characters of free text that a log entry quotes. */
const QUOTE_CHARS_MAX = 300;

const LEVELS: Readonly<Record<TaskWord, LogLevel>> = {
  running: 'INFO',
  completed: 'INFO',
  failed: 'ERROR',
  stopped: 'WARNING',
};

/** The call that launched the sub-agent which a line's `agent_id` names; undefined where no line said so. */
export function launchingCall(tasks: KnownTasks, agentId: unknown): string | undefined {
  return typeof agentId === 'string' ? tasks.get(agentId)?.toolUseId : undefined;
}

/** A task begins, or more is said of one that runs; of one that has ended, only another run of it is news. */
export function beginTask(
  id: string,
  details: TaskDetails & { readonly runId?: string | undefined },
  to: Telling,
): void {
  const { runId = '', ...fields } = details;
  const before = to.tasks.get(id);
  if (before !== undefined && before.state !== 'running' && !isNewRun(before, runId)) return;
  const isStart = before?.state !== 'running';
  const task = remember(id, { ...fields, state: 'running' }, to);
  if (runId > task.runId) task.runId = runId;
  to.events.add('task_update', { ...fields, task_id: id, state: 'running' });
  if (!isStart || task.isAmbient) return;
  const what = [fields.subagent_type, task.description].filter(Boolean).join(' · ');
  log(`task started${task.isBackground ? ' in the background' : ''}${colon(what)}`, 'INFO', to);
}

/** Something about a task changed. Its end is said in the log once, and its result where that comes later. */
export function tellTask(id: string, fields: TaskFields, to: Telling): void {
  const wasOver = to.tasks.get(id)?.state === fields.state && fields.state !== 'running';
  const task = addTask(id, fields, to);
  if (fields.state === 'running' || task.isAmbient) return;
  const said = firstLine(fields.error ?? fields.result ?? '', QUOTE_CHARS_MAX);
  const named = colon(task.description || id);
  if (!wasOver)
    log(`task ${fields.state}${named}${said === task.description ? '' : colon(said)}`, LEVELS[fields.state], to);
  else if (said !== '' && said !== task.description) log(`task result${named}${colon(said)}`, 'INFO', to);
}

/** The same without a line in the log: for what another event of the line says there. */
export function addTask(id: string, fields: TaskFields, to: Telling): KnownTask {
  const task = remember(id, fields, to);
  to.events.add('task_update', { ...fields, task_id: id });
  return task;
}

/** A sub-agent that has ended with the call that launched it, of which nothing else was told. */
export interface AnsweredAgent {
  readonly taskId: string;
  readonly callId: string | undefined;
  readonly type: string;
  readonly description: string;
  readonly success: boolean;
  /** Its answer, or why it failed. */
  readonly said: string;
  /** ms, where the lines say so */
  readonly durationMs?: number | undefined;
}

/** What is said of a sub-agent when it is launched. */
export function launchOf({ callId, type, description }: Omit<AnsweredAgent, 'success' | 'said'>): TaskDetails {
  return {
    ...(callId === undefined ? {} : { tool_use_id: firstChars(callId, 128) }),
    task_type: 'local_agent',
    ...(type === '' ? {} : { subagent_type: firstChars(type, 80) }),
    description: quoted(description),
  };
}

/** Adds a sub-agent's end. To be told before its call's. */
export function agentAnswered(agent: AnsweredAgent, to: Telling): void {
  const { taskId, success, said, durationMs } = agent;
  addTask(
    taskId,
    {
      ...launchOf(agent),
      state: success ? 'completed' : 'failed',
      ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
      ...(success ? { result: firstChars(said) } : { error: firstChars(said) }),
      ...cutOf(said),
    },
    to,
  );
}

/** Whether `runId` names a later run of a task than the one that is known. Ids sort in the order in which runs began. */
export function isNewRun(known: KnownTask, runId: unknown): boolean {
  return typeof runId === 'string' && runId > known.runId;
}

/** An id as lines have it; undefined for anything else. */
export function taskIdOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? firstChars(value, 128) : undefined;
}

/** The first line of a free text, as events carry it. */
export function quoted(text: string): string {
  return firstLine(text, QUOTE_CHARS_MAX);
}

function remember(id: string, fields: TaskFields, { tasks }: Telling): KnownTask {
  const task = tasks.get(id) ?? {
    state: 'running',
    toolUseId: undefined,
    description: '',
    runId: '',
    isBackground: false,
    isAmbient: false,
    progress: '',
  };
  task.state = fields.state;
  task.toolUseId = fields.tool_use_id ?? task.toolUseId;
  task.description = fields.description || task.description;
  task.isBackground = fields.is_background ?? task.isBackground;
  task.isAmbient = fields.is_ambient ?? task.isAmbient;
  task.progress = fields.progress ?? task.progress;
  tasks.set(id, task);
  return task;
}

function log(message: string, level: LogLevel, { events }: Telling): void {
  events.log(level, message, { event_category: 'system', event_type: 'task' });
}

const colon = (text: string): string => (text === '' ? '' : `: ${text}`);
