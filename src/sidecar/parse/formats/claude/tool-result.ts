import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, firstChars } from '../../preview.ts';
import { closeCall, endCall } from '../../session/calls.ts';
import { outputText } from '../../session/output.ts';
import { pathBases } from '../../session/session.ts';
import { type ChangingCall, fileChangeOf } from './file-change.ts';
import type { ClaudeSession } from './session.ts';
import { taskResult } from './task-results.ts';

/**
 * A `tool_result` block: `tool_use_post`, and what its success means for files and lists. Several calls may be open at
 * once and are matched by id only.
 * @param structured the line's `tool_use_result`
 */
export function toolResult(block: JsonObject, structured: unknown, session: ClaudeSession, events: LineEvents): void {
  const id = asText(block.tool_use_id);
  const tool = closeCall(id, session);
  const result = asObject(structured);
  const success = block.is_error !== true && !isServerError(block.content);
  const output = outputText(block.content);
  if (tool !== undefined)
    taskResult({ id, name: tool.name, input: tool.input, success, output, result }, { tasks: session.tasks, events });
  // Claude Code puts tags around what went wrong.
  const error = success ? undefined : firstChars(output.replaceAll(/<\/?tool_use_error>/g, '').trim());
  endCall(tool, { id, success, output, error, durationMs: durationOf(result), fields: gitOf(result) }, events);
  if (tool === undefined || !success) return;
  addFileChange({ name: tool.name, input: tool.input, result }, id, session, events);
  const items = session.todos.apply({ name: tool.name, input: tool.input, result, output });
  if (items !== undefined) events.add('todo_update', { items: [...items] });
}

function addFileChange(call: ChangingCall, id: string | undefined, session: ClaudeSession, events: LineEvents): void {
  const change = fileChangeOf(call, pathBases(session));
  if (change !== undefined) events.add('file_changed', { ...change, tool_use_id: id ?? null });
}

/** How long the tool says it took, ms: Task says `totalDurationMs`, Glob and WebFetch `durationMs`. */
function durationOf(result: JsonObject | undefined): number | undefined {
  return asAmount(result?.durationMs) ?? asAmount(result?.totalDurationMs);
}

/** What a command did to the repository, as the result says it: `commit`, `push`, `branch`, `pr {number, url, action}`. */
function gitOf(result: JsonObject | undefined): { git?: JsonObject } {
  const git = asObject(result?.gitOperation);
  return git === undefined ? {} : { git: bounded(git, { charsMax: 1_000, membersMax: 40 }).value as JsonObject };
}

/** The API's own tools put an error in their content: `{type: "web_search_tool_result_error", error_code}`. */
function isServerError(content: unknown): boolean {
  return asText(asObject(content)?.type)?.endsWith('_tool_result_error') ?? false;
}
