import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import { isImageInWords } from '../../lift-images.ts';
import type { LineEvents } from '../../line-events.ts';
import { bounded, firstChars } from '../../preview.ts';
import { closeCall, endCall } from '../../session/calls.ts';
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

/** A result's content as one text: a string, or blocks of text with images named by the artifact they became. */
function outputText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts: string[] = [];
  for (const item of Array.isArray(content) ? content : [content]) {
    const block = asObject(item);
    if (block !== undefined) parts.push(blockText(block));
    else if (typeof item === 'string') parts.push(item);
  }
  return parts.join('\n');
}

/** What a block says; `[image images/….png]` where an image was lifted out, else its type and name. */
function blockText(block: JsonObject): string {
  const resource = asObject(block.resource);
  const said = asText(block.text) ?? asText(resource?.text) ?? asText(block.error_code);
  if (said !== undefined) return said;
  const streams = [asText(block.stdout), asText(block.stderr)].filter(stream => stream !== undefined && stream !== '');
  if (streams.length > 0) return streams.join('\n');
  const type = asText(block.type) ?? 'block';
  const data = asText(asObject(block.source)?.data) ?? asText(block.data) ?? '';
  const lifted = /^artifact:([^;]{1,200});bytes=(\d+)$/.exec(data.slice(0, 300));
  if (isImageInWords(data)) return `[${data}]`;
  if (lifted !== null) return `[${type} ${lifted[1]}, ${lifted[2]} bytes]`;
  const names = [block.tool_name, block.title, block.uri, resource?.uri, block.url];
  const name = names.map(asText).find(one => one !== undefined);
  return name === undefined ? `[${firstChars(type, 80)}]` : `[${firstChars(type, 80)} ${firstChars(name, 200)}]`;
}
