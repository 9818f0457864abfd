import { displayPath, type PathBases } from '../../../../adw/path.ts';
import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import { cutOf, firstChars } from '../../preview.ts';

/** The tools whose success changes a file. */
const CHANGING_TOOLS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

/** A tool call that may have changed a file, with its result. */
export interface ChangingCall {
  readonly name: string;
  readonly input: JsonObject;
  /** `tool_use_result` of the line. */
  readonly result: JsonObject | undefined;
}

/** One change of a file: what was taken out and put in, with its place where it is known. */
interface Hunk {
  readonly header: string;
  /** Lines that begin with " ", "-" or "+" as in a unified diff, each behind a newline. */
  readonly body: string;
  readonly added: number;
  readonly removed: number;
}

/** The fields of the `file_changed` that a successful call makes; undefined for tools that change no file. */
export function fileChangeOf(call: ChangingCall, paths: PathBases) {
  if (!CHANGING_TOOLS.has(call.name)) return undefined;
  const { input, result } = call;
  const path = asText(input.file_path) ?? asText(input.notebook_path) ?? asText(result?.filePath);
  if (path === undefined) return undefined;
  const shown = displayPath(path, paths);
  const operation = operationOf(call);
  const hunks = hunksOf(call);
  const added = hunks.reduce((sum, hunk) => sum + hunk.added, 0);
  const removed = hunks.reduce((sum, hunk) => sum + hunk.removed, 0);
  const diff = unifiedDiff(shown, operation === 'created', hunks);
  return {
    file_path: firstChars(shown),
    operation,
    change_type: operation,
    diff: firstChars(diff),
    ...cutOf(diff),
    summary: firstChars(`${operation} ${shown} (+${added} −${removed})`),
    lines_added: added,
    lines_removed: removed,
  };
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

/** A hunk for one text put in another's place. Where in the file it stands is not known, except at its beginning. */
function replacement(before = '', after = ''): readonly Hunk[] {
  const [removed, added] = [linesIn(before), linesIn(after)];
  if (removed + added === 0) return [];
  const range = (lines: number) => `${lines === 0 ? 0 : 1},${lines}`;
  return [
    {
      header: `@@ -${range(removed)} +${range(added)} @@`,
      body: signed(before, '-') + signed(after, '+'),
      added,
      removed,
    },
  ];
}

/** How many lines a text has; a newline at the end does not begin another. */
function linesIn(text: string): number {
  if (text === '') return 0;
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < text.length - 1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** A text's lines, each behind a newline and the sign. */
function signed(text: string, sign: string): string {
  if (text === '') return '';
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
  return `\n${sign}${lines.replaceAll('\n', `\n${sign}`)}`;
}

function unifiedDiff(path: string, created: boolean, hunks: readonly Hunk[]): string {
  if (hunks.length === 0) return '';
  const head = `${created ? '--- /dev/null' : `--- a/${path}`}\n+++ b/${path}`;
  return head + hunks.map(({ header, body }) => `\n${header}${body}`).join('');
}
