import { type StructuredPatchHunk, structuredPatch } from 'diff';
import { withoutStayed } from '../../../src/adw/changed-lines.ts';

/** Unified diffs as rows to draw, with the changed words marked. Pure. */

/** One line of a diff. */
export interface DiffRow {
  readonly kind: 'hunk' | 'same' | 'add' | 'del' | 'note';
  readonly text: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** The part of the line that changed, where one line replaced one line. */
  readonly changed?: readonly [number, number];
}

/** Reads a unified diff. Total: lines that are none are kept as notes. */
export function parseDiff(diff: string): DiffRow[] {
  const rows: DiffRow[] = [];
  let before = 0;
  let after = 0;
  // Above its first hunk a diff names the files; within one, three dashes are a removed line that begins with two.
  let inHunk = false;
  for (const line of withoutStayed(diff).split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      inHunk = true;
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      rows.push({ kind: 'hunk', text: line, before: undefined, after: undefined });
    } else if (!inHunk && (line.startsWith('+++') || line.startsWith('---'))) {
    } else if (line.startsWith('@@')) {
      inHunk = true;
      before = 0;
      after = 0;
      rows.push({ kind: 'hunk', text: line, before: undefined, after: undefined });
    } else if (line.startsWith('+'))
      rows.push({ kind: 'add', text: line.slice(1), before: undefined, after: after ? after++ : undefined });
    else if (line.startsWith('-'))
      rows.push({ kind: 'del', text: line.slice(1), before: before ? before++ : undefined, after: undefined });
    else if (line.startsWith(' ')) {
      rows.push({
        kind: 'same',
        text: line.slice(1),
        before: before ? before++ : undefined,
        after: after ? after++ : undefined,
      });
    } else if (line !== '') {
      if (line.startsWith('diff ')) inHunk = false;
      rows.push({ kind: 'note', text: line, before: undefined, after: undefined });
    }
  }
  return markWords(rows);
}

/** Marks what differs inside lines that replaced one another: equal counts of − and + beside each other. */
function markWords(rows: readonly DiffRow[]): DiffRow[] {
  const marked = [...rows];
  for (let i = 0; i < rows.length; ) {
    if (rows[i]!.kind !== 'del') {
      i++;
      continue;
    }
    let adds = i;
    while (rows[adds]?.kind === 'del') adds++;
    let end = adds;
    while (rows[end]?.kind === 'add') end++;
    if (adds - i === end - adds) {
      for (let k = 0; k < adds - i; k++) {
        const [del, add] = [rows[i + k]!, rows[adds + k]!];
        const changed = changedPart(del.text, add.text);
        if (changed) {
          marked[i + k] = { ...del, changed: changed.before };
          marked[adds + k] = { ...add, changed: changed.after };
        }
      }
    }
    i = end;
  }
  return marked;
}

/** The middle that differs between two lines; undefined when nearly all of it does. */
function changedPart(a: string, b: string): { before: [number, number]; after: [number, number] } | undefined {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  if (isLead(a, head - 1)) head--;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  if (tail > 0 && (isLead(a, a.length - tail - 1) || isLead(b, b.length - tail - 1))) tail--;
  if (head + tail < Math.min(a.length, b.length) * 0.3) return undefined;
  return { before: [head, a.length - tail], after: [head, b.length - tail] };
}

/** Whether what stands there is the first half of a character that takes two: halves are not drawn. */
const isLead = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;

/** Lines removed and added above which a text is shown as replaced: finding what they share takes their number squared. */
const EDITS_MAX = 1_000;

/** A unified diff of two texts line by line; where they have next to nothing in common, all of one for all of the other. */
export function diffTexts(a: string, b: string): string {
  // With the same end to both, no line is told apart by having none; where they differ in that alone, they differ in an empty line.
  const ends = (text: string) => (withEnd(a) === withEnd(b) ? `${text}\n` : withEnd(text));
  const [before, after] = [ends(a), ends(b)];
  const patch = structuredPatch('', '', before, after, '', '', { context: 3, maxEditLength: EDITS_MAX });
  if (patch === undefined) return `@@ -1 +1 @@\n${marked('-', a)}\n${marked('+', b)}`;
  return patch.hunks.map(hunkText).join('\n');
}

/** A hunk as `diff` makes it, and as Claude Code's results hold it. */
export type Hunk = StructuredPatchHunk;

/** The text of a hunk in a unified diff. */
export function hunkText({ oldStart, oldLines, newStart, newLines, lines }: Hunk): string {
  return [`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`, ...lines].join('\n');
}

const withEnd = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

const marked = (mark: string, text: string): string => text.replaceAll(/^/gm, mark);
