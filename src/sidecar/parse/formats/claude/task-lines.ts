import { isoTime } from '../../../../base/clock.ts';
import { asAmount, asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { cutOf, firstChars, firstLine } from '../../preview.ts';
import { addTask, beginTask, isNewRun, quoted, type TaskDetails, taskIdOf, tellTask } from '../../session/tasks.ts';
import type { ClaudeSession } from './session.ts';
import { taskWordOf } from './task-word.ts';

/** Why a task counts as stopped that only vanished. */
const VANISHED = 'it left the list of background tasks without a word of how it ended';
/** The last moment that a date can name, ms. */
const DATE_MS_MAX = 8.64e15;

/** `task_started`: a task begins, in the background or with its agent waiting for it. */
export function taskStarted(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const to = { tasks: session.tasks, events };
  const id = taskIdOf(line.task_id);
  if (id === undefined) return;
  const depth = asAmount(line.spawn_depth);
  const details = { ...launcherOf(line), ...detailsOf(line), ...(depth === undefined ? {} : { depth }) };
  beginTask(id, { ...details, runId: asText(line.run_id) }, to);
}

function launcherOf(line: JsonObject): TaskDetails {
  const id = taskIdOf(line.tool_use_id);
  return id === undefined ? {} : { tool_use_id: id };
}

/** What `task_started` and the list of background tasks say alike. */
function detailsOf(line: JsonObject): TaskDetails {
  const parent = taskIdOf(line.parent_task_id);
  const [type, kind] = [asText(line.task_type), asText(line.subagent_type) ?? asText(line.workflow_name)];
  const description = asText(line.description);
  return {
    ...(parent === undefined ? {} : { parent_task_id: parent }),
    ...(type === undefined ? {} : { task_type: firstLine(type, 80) }),
    ...(kind === undefined ? {} : { subagent_type: firstLine(kind, 80) }),
    ...(description === undefined ? {} : { description: quoted(description) }),
    ...(typeof line.is_backgrounded === 'boolean' ? { is_background: line.is_backgrounded } : {}),
    ...ambience(line),
  };
}

function ambience(line: JsonObject): TaskDetails {
  return line.ambient === true || line.skip_transcript === true ? { is_ambient: true } : {};
}

/** `task_updated`: what `patch` says has changed. */
export function taskUpdated(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const to = { tasks: session.tasks, events };
  const id = taskIdOf(line.task_id);
  if (id === undefined) return;
  const patch = asObject(line.patch) ?? line;
  const known = to.tasks.get(id);
  const state = taskWordOf(patch.status) ?? known?.state ?? 'running';
  // A frame that is late says of an ended task that it runs.
  if (known !== undefined && known.state !== 'running' && state === 'running' && !isNewRun(known, line.run_id)) return;
  const [error, description, endMs] = [asText(patch.error), asText(patch.description), asAmount(patch.end_time)];
  const details: TaskDetails = {
    ...(description === undefined ? {} : { description: quoted(description) }),
    ...(typeof patch.is_backgrounded === 'boolean' ? { is_background: patch.is_backgrounded } : {}),
    ...(endMs === undefined || endMs > DATE_MS_MAX ? {} : { ended_at: isoTime(endMs) }),
    ...(error === undefined ? {} : { error: firstChars(error) }),
  };
  tellTask(id, { ...details, state }, to);
}

/** `task_progress`, one for each call of a sub-agent: told when it does something else than before, and never in the log. */
export function taskProgress(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const to = { tasks: session.tasks, events };
  const id = taskIdOf(line.task_id);
  if (id === undefined) return;
  const known = to.tasks.get(id);
  const said = quoted(asText(line.summary) ?? asText(line.description) ?? '');
  if (known !== undefined && (known.state !== 'running' || known.progress === said)) return;
  addTask(id, { ...launcherOf(line), ...spent(line), progress: said, state: 'running' }, to);
}

/** `task_notification`: a task ended, and what came of it. */
export function taskNotification(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const to = { tasks: session.tasks, events };
  const id = taskIdOf(line.task_id);
  if (id === undefined) return;
  const state = taskWordOf(line.status) ?? 'stopped';
  const summary = asText(line.summary) ?? '';
  const said = state === 'completed' ? { result: firstChars(summary) } : { error: firstChars(summary) };
  const text = summary === '' ? {} : { ...said, ...cutOf(summary) };
  tellTask(id, { ...launcherOf(line), ...spent(line), ...text, ...ambience(line), state }, to);
}

/** `background_tasks_changed`: the list of what goes on in the background replaces the one before: what is new in it began, what is gone has ended. */
export function backgroundTasksChanged(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const to = { tasks: session.tasks, events };
  const listed = new Set<string>();
  for (const entry of asArray(line.tasks).map(asObject)) {
    const id = taskIdOf(entry?.task_id);
    if (entry === undefined || id === undefined) continue;
    listed.add(id);
    const known = to.tasks.get(id);
    if (known?.isBackground && !isNewRun(known, entry.run_id)) continue;
    beginTask(id, { ...detailsOf(entry), is_background: true, runId: asText(entry.run_id) }, to);
  }
  for (const [id, { isBackground, state }] of to.tasks) {
    if (isBackground && state === 'running' && !listed.has(id)) addTask(id, { state: 'stopped', error: VANISHED }, to);
  }
}

function spent(line: JsonObject): TaskDetails {
  const usage = asObject(line.usage);
  const [duration, tokens, calls] = [usage?.duration_ms, usage?.total_tokens, usage?.tool_uses].map(asAmount);
  return {
    ...(duration === undefined ? {} : { duration_ms: duration }),
    ...(tokens === undefined ? {} : { total_tokens: tokens }),
    ...(calls === undefined ? {} : { tool_uses: calls }),
  };
}
