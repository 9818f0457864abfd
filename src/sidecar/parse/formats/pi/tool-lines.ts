import { asAmount, asArray, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { beginCall, closeCall, endCall } from '../../session/calls.ts';
import { changeFields, type FileChange, type Hunk, hunksOfPatch, replacement } from '../../session/file-change.ts';
import { outputText } from '../../session/output.ts';
import { pathBases } from '../../session/session.ts';
import type { PiSession } from './session.ts';
import { piToolKind } from './tools.ts';

/** `tool_execution_start`: a call runs. */
export function toolStart(line: JsonObject, session: PiSession, events: LineEvents): void {
  const name = asText(line.toolName) ?? 'unknown';
  beginCall({ id: asText(line.toolCallId), name, kind: piToolKind(name), input: line.args }, session, events);
}

/** `tool_execution_end`: a call has its result, which the message that follows only repeats. */
export function toolEnd(line: JsonObject, session: PiSession, events: LineEvents): void {
  const id = asText(line.toolCallId);
  const name = asText(line.toolName) ?? 'unknown';
  const tool = closeCall(id, session);
  const result = asObject(line.result);
  const success = line.isError !== true;
  const known = tool ?? { name, kind: piToolKind(name), input: {}, startedAt: events.time };
  const durationMs = asAmount(line.durationMs);
  endCall(known, { id, success, output: outputText(result?.content ?? line.result), durationMs }, events);
  if (!success || tool === undefined) return;
  const change = changeOf(name, tool.input, asObject(result?.details));
  if (change !== undefined)
    events.add('file_changed', { ...changeFields(change, pathBases(session)), tool_use_id: id ?? null });
}

function changeOf(name: string, input: JsonObject, details: JsonObject | undefined): FileChange | undefined {
  const path = asText(input.path);
  if (path === undefined) return undefined;
  // Nothing says whether a file that is written was there before.
  if (name === 'write') return { path, operation: 'write', hunks: replacement('', asText(input.content)) };
  return name === 'edit' ? { path, operation: 'modified', hunks: hunksOf(input, details) } : undefined;
}

/** The result's patch; where there is none, what the call said, which older versions took as one replacement. */
function hunksOf(input: JsonObject, details: JsonObject | undefined): readonly Hunk[] {
  const patch = hunksOfPatch(asText(details?.patch) ?? '');
  if (patch.length > 0) return patch;
  const edits = asArray(input.edits).length > 0 ? asArray(input.edits) : [input];
  return edits.map(asObject).flatMap(edit => replacement(asText(edit?.oldText), asText(edit?.newText)));
}
