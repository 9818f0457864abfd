import { asAmount, asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { cutOf, firstChars } from '../../preview.ts';
import { elapsedMs } from '../../time.ts';
import { type ChangingCall, fileChangeOf } from './file-change.ts';
import { closeTool, pathBases, type Session } from './session.ts';

/**
 * A `tool_result` block: `tool_use_post`, and what its success means for files and lists. Several calls may be open at
 * once and are matched by id only.
 * @param structured the line's `tool_use_result`
 */
export function toolResult(block: JsonObject, structured: unknown, session: Session, events: LineEvents): void {
  const id = asText(block.tool_use_id);
  const tool = id === undefined ? undefined : closeTool(session, id);
  const result = asObject(structured);
  const success = block.is_error !== true;
  const output = outputText(block.content);
  const preview = firstChars(output);
  events.add('tool_use_post', {
    tool_name: tool?.name ?? 'unknown',
    tool_use_id: id ?? null,
    output: preview,
    tool_output: preview,
    ...cutOf(output),
    success,
    status: success ? 'success' : 'error',
    error: success ? null : errorText(output),
    duration_ms: durationOf(result) ?? (tool === undefined ? null : elapsedMs(tool.startedAt, events.time)),
  });
  if (tool === undefined || !success) return;
  addFileChange({ name: tool.name, input: tool.input, result }, id, session, events);
  const items = session.todos.apply({ name: tool.name, input: tool.input, result, output });
  if (items !== undefined) events.add('todo_update', { items: [...items] });
}

function addFileChange(call: ChangingCall, id: string | undefined, session: Session, events: LineEvents): void {
  const change = fileChangeOf(call, pathBases(session));
  if (change !== undefined) events.add('file_changed', { ...change, tool_use_id: id ?? null });
}

/** How long the tool says it took, ms: Task says `totalDurationMs`, Glob and WebFetch `durationMs`. */
function durationOf(result: JsonObject | undefined): number | undefined {
  return asAmount(result?.durationMs) ?? asAmount(result?.totalDurationMs);
}

/** A result's content as one text: a string, or blocks of text with images named by the artifact they became. */
function outputText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts: string[] = [];
  for (const item of asArray(content)) {
    const block = asObject(item);
    if (block === undefined) {
      if (typeof item === 'string') parts.push(item);
    } else if (typeof block.text === 'string') parts.push(block.text);
    else parts.push(placeholder(block));
  }
  return parts.join('\n');
}

/** Stands for a block that is not text: `[image images/….png]` where its content was lifted out, else its type. */
function placeholder(block: JsonObject): string {
  const type = asText(block.type) ?? 'block';
  const data = asText(asObject(block.source)?.data) ?? asText(block.data) ?? '';
  const lifted = /^artifact:([^;]{1,200});bytes=(\d+)$/.exec(data.slice(0, 300));
  if (lifted !== null) return `[${type} ${lifted[1]}, ${lifted[2]} bytes]`;
  const name = asText(block.tool_name) ?? asText(block.title) ?? asText(block.uri);
  return name === undefined ? `[${firstChars(type, 80)}]` : `[${firstChars(type, 80)} ${firstChars(name, 200)}]`;
}

/** What went wrong, without the tags that Claude Code puts around it. */
function errorText(output: string): string {
  const head = firstChars(output.replaceAll(/<\/?tool_use_error>/g, '').trim());
  return head === '' ? 'The tool failed and said nothing.' : head;
}
