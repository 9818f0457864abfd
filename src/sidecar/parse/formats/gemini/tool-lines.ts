import { agentTypeOf } from '../../../../adw/tool-data.ts';
import { asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { beginCall, closeCall, endCall } from '../../session/calls.ts';
import { changeFields, type FileChange, hunksOfPatch, replacement } from '../../session/file-change.ts';
import { type OpenTool, pathBases } from '../../session/session.ts';
import { agentAnswered } from '../../session/tasks.ts';
import { todoItems } from '../../session/todos.ts';
import type { GeminiSession } from './session.ts';
import { geminiToolKind } from './tools.ts';

/** `tool_use`: a call begins. */
export function toolUse(line: JsonObject, session: GeminiSession, events: LineEvents): void {
  const name = asText(line.tool_name) ?? 'unknown';
  const kind = geminiToolKind(name);
  beginCall({ id: asText(line.tool_id), name, kind, input: line.parameters }, session, events);
}

/**
 * `tool_result`: a call has ended. The program writes the results of calls that it made together when all of them have
 * ended, so that the time between the two lines is the most that a call took.
 */
export function toolResult(line: JsonObject, session: GeminiSession, events: LineEvents): void {
  const id = asText(line.tool_id);
  const tool = closeCall(id, session);
  const output = asText(line.output) ?? '';
  const error = asText(asObject(line.error)?.message);
  const success = line.status === 'success' && error === undefined && !(tool?.kind === 'run' && hasFailed(output));
  if (tool?.kind === 'delegate' && id !== undefined) {
    // What a sub-agent does is on no line; its call is all that is known of it.
    const { input, name } = tool;
    const [type, description] = [agentTypeOf(input) ?? name, asText(input.prompt) ?? asText(input.objective) ?? ''];
    const said = output === '' ? (error ?? '') : output;
    agentAnswered({ taskId: id, callId: id, type, description, success, said }, { tasks: session.tasks, events });
  }
  endCall(tool, { id, success, output: output === '' ? (error ?? '') : output, error }, events);
  if (tool === undefined || !success) return;
  const change = changeOf(tool, output);
  if (change !== undefined)
    events.add('file_changed', { ...changeFields(change, pathBases(session)), tool_use_id: id ?? null });
  if (tool.name === 'write_todos') events.add('todo_update', { items: todosOf(tool.input) });
}

/**
 * Whether a command's output says that it failed. The program calls each command a success that it could run, and says how it ended
 * only where it printed nothing, or where it debugs.
 */
function hasFailed(output: string): boolean {
  return (
    /^Command (?:exited with code: |terminated by signal: |failed: )/.test(output) ||
    (output.startsWith('Output: ') && /\nExit Code: \d+(?:\n|$)/.test(output))
  );
}

/** What a successful call did to a file: as the output's patch says, which not every version prints, else as the call does. */
function changeOf({ name, input }: OpenTool, output: string): FileChange | undefined {
  const path = asText(input.file_path);
  if (path === undefined) return undefined;
  const before = asText(input.old_string) ?? '';
  const patch = output.startsWith('Index: ') ? hunksOfPatch(output) : [];
  if (name === 'write_file') {
    const wasThere = patch.length > 0 && !patch[0]!.header.startsWith('@@ -0,0 ');
    const hunks = patch.length > 0 ? patch : replacement('', asText(input.content));
    return { path, operation: wasThere ? 'modified' : 'write', hunks };
  }
  if (name !== 'replace') return undefined;
  const hunks = patch.length > 0 ? patch : replacement(before, asText(input.new_string));
  // Only a file that is not there is made of nothing.
  return { path, operation: before === '' ? 'created' : 'modified', hunks };
}

/** The list as `write_todos` gives it, whole each time: `description` and `status`. */
function todosOf(input: JsonObject) {
  const todos = asArray(input.todos).map(asObject);
  return todoItems(todos.map(todo => todo && { content: todo.description, ...todo }));
}
