import { agentTypeOf } from '../../../../adw/tool-data.ts';
import { isoTime } from '../../../../base/clock.ts';
import { asAmount, asArray, asObject, asText, type JsonObject } from '../../json.ts';
import { type LineEvents, ofMessage, placed } from '../../line-events.ts';
import { beginCall, closeCall, endCall } from '../../session/calls.ts';
import { changeFields, type FileChange, hunksOfPatch, replacement } from '../../session/file-change.ts';
import { pathBases } from '../../session/session.ts';
import { agentAnswered, beginTask, launchOf, taskIdOf } from '../../session/tasks.ts';
import { todoItems } from '../../session/todos.ts';
import type { OpenCodeSession } from './session.ts';
import { openCodeToolKind } from './tools.ts';

/** A call, as its part tells it when it has ended. */
interface EndedCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly input: JsonObject;
  readonly output: string;
  readonly success: boolean;
  readonly metadata: JsonObject;
  /** Where it failed and its output does not say why. */
  readonly error: string | undefined;
  /** ms */
  readonly durationMs: number | undefined;
}

/** Whether a call failed because its user did not allow it: the program asks no further. */
export function isRefused(part: JsonObject): boolean {
  const state = asObject(part.state);
  return state?.status === 'error' && /^The user rejected permission/.test(asText(state.error) ?? '');
}

/** A `tool` part: a call has ended. Nothing tells of its begin, which is told with it, for the time that the part says. */
export function toolUse(part: JsonObject, session: OpenCodeSession, events: LineEvents): void {
  const state = asObject(part.state) ?? {};
  const [began, ended] = [asObject(state.time)?.start, asObject(state.time)?.end].map(asAmount);
  const call = callOf(part, state, began !== undefined && ended !== undefined ? ended - began : undefined);
  const { id, name, input, output, success, error, durationMs } = call;
  const message = ofMessage(events, asText(part.messageID));
  beginCall({ id, name, kind: openCodeToolKind(name), input }, session, at(began, message));
  const to = at(ended, events);
  const tool = closeCall(id, session) ?? { name, kind: openCodeToolKind(name), input, startedAt: events.time };
  if (name === 'task') taskCall(call, session, to);
  endCall(
    tool,
    { id, success, output, error, durationMs: durationMs !== undefined && durationMs >= 0 ? durationMs : undefined },
    to,
  );
  if (!success) return;
  for (const change of changesOf(call))
    to.add('file_changed', { ...changeFields(change, pathBases(session)), tool_use_id: id ?? null });
  if (name === 'todowrite') to.add('todo_update', { items: todoItems(call.metadata.todos ?? input.todos) });
}

function callOf(part: JsonObject, state: JsonObject, durationMs: number | undefined): EndedCall {
  const metadata = asObject(state.metadata) ?? {};
  // A command that was killed, by its limit of time too, has no exit code but null.
  const hasFailed = 'exit' in metadata && metadata.exit !== 0;
  const output = asText(state.output) ?? asText(state.error) ?? '';
  return {
    id: asText(part.callID),
    name: asText(part.tool) ?? 'unknown',
    input: asObject(state.input) ?? {},
    output,
    error: typeof metadata.exit === 'number' && hasFailed ? `Exit code ${metadata.exit}\n${output}` : undefined,
    success: state.status === 'completed' && !hasFailed,
    metadata,
    durationMs,
  };
}

/** The same events at a time that the part names, ms; beyond what a `Date` can hold it is none. */
function at(ms: number | undefined, events: LineEvents): LineEvents {
  return ms === undefined || ms > 8.64e15 ? events : placed(events, { timestamp: isoTime(ms), timing: 'exact' });
}

/** A sub-agent: it has a session of its own, of which this stream has no lines. To be told before the call's end. */
function taskCall(
  { id, input, output, success, metadata, durationMs }: EndedCall,
  session: OpenCodeSession,
  events: LineEvents,
) {
  const taskId = taskIdOf(metadata.sessionId) ?? taskIdOf(id);
  if (taskId === undefined) return;
  const to = { tasks: session.tasks, events };
  const [type, description] = [agentTypeOf(input) ?? '', asText(input.description) ?? ''];
  const agent = { taskId, callId: id, type, description };
  if (success && metadata.background === true) beginTask(taskId, { ...launchOf(agent), is_background: true }, to);
  else agentAnswered({ ...agent, success, said: answerIn(output), durationMs }, to);
}

/** What a sub-agent answered: the program puts tags around it. */
function answerIn(output: string): string {
  const [, tag] = /<(task_(?:result|error))>/.exec(output) ?? [];
  const begin = output.indexOf(`<${tag}>`);
  const end = output.lastIndexOf(`</${tag}>`);
  return begin < 0 || end < begin ? output : output.slice(output.indexOf('>', begin) + 1, end).trim();
}

/** What a call did to files: as its patches say, else as its input does. */
function changesOf({ name, input, metadata }: EndedCall): FileChange[] {
  const path = asText(input.filePath) ?? asText(metadata.filepath);
  switch (name) {
    case 'write': {
      if (path === undefined) return [];
      const operation = typeof metadata.exists !== 'boolean' ? 'write' : metadata.exists ? 'modified' : 'created';
      const hunks = patchOf(metadata) ?? replacement('', asText(input.content));
      return [{ path, operation, hunks }];
    }
    case 'edit': {
      if (path === undefined) return [];
      const hunks = patchOf(metadata) ?? replacement(asText(input.oldString), asText(input.newString));
      // What replaces nothing may make the file.
      return [{ path, operation: input.oldString === '' ? 'write' : 'modified', hunks }];
    }
    case 'multiedit':
      return path === undefined ? [] : [{ path, operation: 'modified', hunks: hunksOfEdits(input, metadata) }];
    case 'apply_patch':
    case 'patch':
      return asArray(metadata.files).map(asObject).flatMap(patched);
    default:
      return [];
  }
}

/** `diff`, or in newer versions `filediff {patch}`. */
function patchOf(metadata: JsonObject): FileChange['hunks'] | undefined {
  const patch = asText(asObject(metadata.filediff)?.patch) ?? asText(metadata.diff);
  return patch === undefined ? undefined : hunksOfPatch(patch);
}

function hunksOfEdits(input: JsonObject, metadata: JsonObject): FileChange['hunks'] {
  const results = asArray(metadata.results).map(asObject);
  if (results.length > 0) return results.flatMap(result => (result && patchOf(result)) ?? []);
  return asArray(input.edits)
    .map(asObject)
    .flatMap(edit => (edit === undefined ? [] : replacement(asText(edit.oldString), asText(edit.newString))));
}

const OPERATIONS = { add: 'created', update: 'modified', delete: 'deleted', move: 'modified' } as const;

/** One file of a patch. One that is moved is another's end. */
function patched(file: JsonObject | undefined): FileChange[] {
  const [path, movedTo] = [asText(file?.filePath), asText(file?.movePath)];
  if (file === undefined || path === undefined) return [];
  const type = asText(file.type) ?? '';
  const hunks = hunksOfPatch(asText(file.patch) ?? asText(file.diff) ?? '');
  const operation = Object.hasOwn(OPERATIONS, type) ? OPERATIONS[type as keyof typeof OPERATIONS] : 'modified';
  if (type !== 'move' || movedTo === undefined) return [{ path, operation, hunks }];
  return [
    { path, operation: 'deleted', hunks: [] },
    { path: movedTo, operation: 'created', hunks },
  ];
}
