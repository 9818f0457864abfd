import type { PathBases } from '../../../../adw/path.ts';
import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import { changeFields, type Hunk, replacement } from '../../session/file-change.ts';

/** The tools whose success changes a file. */
const CHANGING_TOOLS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

/** A tool call that may have changed a file, with its result. */
export interface ChangingCall {
  readonly name: string;
  readonly input: JsonObject;
  /** `tool_use_result` of the line. */
  readonly result: JsonObject | undefined;
}

/** The fields of the `file_changed` that a successful call makes; undefined for tools that change no file. */
export function fileChangeOf(call: ChangingCall, paths: PathBases) {
  if (!CHANGING_TOOLS.has(call.name)) return undefined;
  const { input, result } = call;
  const path = asText(input.file_path) ?? asText(input.notebook_path) ?? asText(result?.filePath);
  if (path === undefined) return undefined;
  return changeFields({ path, operation: operationOf(call), hunks: hunksOf(call) }, paths);
}

/** What the call did to the file; `write` where the result does not say whether it was there before. */
function operationOf({ name, result }: ChangingCall): 'created' | 'modified' | 'write' {
  if (name !== 'Write') return 'modified';
  if (result?.type === 'create' || result?.originalFile === null) return 'created';
  return result === undefined ? 'write' : 'modified';
}

/** The result's ready-made patch; where there is none, what the call said. */
function hunksOf({ name, input, result }: ChangingCall): readonly Hunk[] {
  const patch = asArray(result?.structuredPatch)
    .map(asObject)
    .filter(hunk => hunk !== undefined);
  if (patch.length > 0) return patch.map(patchHunk);
  switch (name) {
    case 'Write':
      return replacement('', asText(input.content) ?? asText(result?.content) ?? '');
    case 'MultiEdit':
      return asArray(input.edits)
        .map(asObject)
        .flatMap(edit => (edit === undefined ? [] : replacement(asText(edit.old_string), asText(edit.new_string))));
    case 'NotebookEdit':
      return replacement(asText(result?.old_source), input.edit_mode === 'delete' ? '' : asText(input.new_source));
    default:
      return replacement(asText(input.old_string), asText(input.new_string));
  }
}

function patchHunk(hunk: JsonObject): Hunk {
  const range = (start: unknown, lines: unknown) => `${asNumber(start) ?? 0},${asNumber(lines) ?? 0}`;
  const lines = asArray(hunk.lines).filter(line => typeof line === 'string');
  const count = (sign: string) => lines.filter(line => line.startsWith(sign)).length;
  return {
    header: `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    body: lines.map(line => `\n${line}`).join(''),
    added: count('+'),
    removed: count('-'),
  };
}
