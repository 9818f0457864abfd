import { rowsWithoutStayed, withoutStayed } from './changed-lines.ts';

/** Several changes of one file, one after the other, as one difference between its first and its last state. Pure. */

/** A change as the log holds it: a unified diff, and whose it was. */
export interface Change {
  readonly role: string;
  readonly diff: string;
}

/** A line of the file as far as the changes tell. */
interface Line {
  /** undefined where no change showed it. */
  text: string | undefined;
  /** Whether it was in the file before the run. */
  readonly old: boolean;
  /** The role that added it. */
  readonly by: string | undefined;
  /** The role that removed it. */
  goneBy: string | undefined;
}

/** Lines kept around a change. */
const CONTEXT = 3;
/** Lines of a file above which changes are shown one by one. */
const LINES_MAX = 200_000;

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,(\d+))? @@/;

interface Hunk {
  readonly header: string;
  readonly rows: readonly string[];
}

/**
 * The difference that all changes make together, as a unified diff; lines that one added and another removed again are
 * not in it, nor those that one removed and another added again. With `role`, only what that role changed and is still so is marked.
 * @returns undefined where the changes do not fit together, because something else wrote to the file between them
 */
export function mergeDiffs(changes: readonly Change[], role = ''): string | undefined {
  const lines: Line[] = [];
  for (const change of changes) if (!apply(lines, change)) return undefined;
  return unified(lines, role);
}

function apply(lines: Line[], { role, diff }: Change): boolean {
  for (const hunk of hunksIn(diff)) {
    let at = startOf(lines, hunk);
    if (at < 0) return false;
    for (const row of rowsWithoutStayed(hunk.rows)) {
      const next = applyRow(lines, { at, row, role });
      if (next < 0) return false;
      at = next;
    }
  }
  return true;
}

function hunksIn(diff: string): Hunk[] {
  const hunks: { header: string; rows: string[] }[] = [];
  for (const row of diff.split('\n')) {
    if (row.startsWith('@@')) hunks.push({ header: row, rows: [] });
    else if (/^[ +-]/.test(row)) hunks.at(-1)?.rows.push(row);
  }
  return hunks;
}

/** Does what one row of a hunk says; answers where the next one goes on, or −1 where the file holds something else. */
function applyRow(lines: Line[], { at: from, row, role }: { at: number; row: string; role: string }): number {
  const text = row.slice(1);
  let at = from;
  while (lines[at]?.goneBy !== undefined) at++;
  if (row.startsWith('+')) {
    lines.splice(at, 0, { text, old: false, by: role, goneBy: undefined });
    return at + 1;
  }
  if (at === lines.length) lines.push(oldLine());
  const line = lines[at]!;
  if (line.text !== undefined && line.text !== text) return -1;
  line.text = text;
  if (row.startsWith(' ')) return at + 1;
  if (line.by !== undefined) {
    lines.splice(at, 1);
    return at;
  }
  line.goneBy = role;
  return at + 1;
}

const oldLine = (): Line => ({ text: undefined, old: true, by: undefined, goneBy: undefined });

/** Where a hunk begins among the lines: what lies above it has been changed already, so that its new number counts. */
function startOf(lines: Line[], hunk: Hunk): number {
  const numbers = HUNK.exec(hunk.header);
  if (!numbers) return -1;
  if (hunk.rows.every(row => !row.startsWith(' ')) && Number(numbers[1]) <= 1) return placeless(lines, hunk);
  const above = Number(numbers[2]) - (numbers[3] === '0' ? 0 : 1);
  if (above > LINES_MAX) return -1;
  let at = 0;
  for (let passed = 0; passed < above; at++) {
    if (at === lines.length) lines.push(oldLine());
    if (lines[at]!.goneBy === undefined) passed++;
  }
  return at;
}

/** A text put in another's place, of which the log does not say where: it is where the text is found, if that is one place. */
function placeless(lines: readonly Line[], { rows }: Hunk): number {
  const wanted = rows.filter(row => row.startsWith('-')).map(row => row.slice(1));
  // Without a text to replace it is the file's beginning: that of a file that was written whole.
  if (wanted.length === 0) return lines.length === 0 ? 0 : -1;
  const living = lines.flatMap((line, at) => (line.goneBy === undefined ? [{ text: line.text, at }] : []));
  const places = living.filter((_, i) => wanted.every((text, k) => living[i + k]?.text === text));
  return places.length === 1 ? places[0]!.at : -1;
}

interface Row {
  readonly mark: ' ' | '+' | '-';
  readonly text: string | undefined;
  readonly before: number;
  readonly after: number;
}

function unified(lines: readonly Line[], role: string): string {
  const rows: Row[] = [];
  let [before, after] = [1, 1];
  const counts = (author: string | undefined) => author !== undefined && (role === '' || author === role);
  for (const { text, old, by, goneBy } of lines) {
    const mark = counts(goneBy) ? '-' : counts(by) ? '+' : ' ';
    if (goneBy === undefined || mark === '-') rows.push({ mark, text, before, after });
    if (old) before++;
    if (goneBy === undefined) after++;
  }
  return hunksOf(rows)
    .map(hunk => withoutStayed(hunkText(hunk)))
    .filter(hunk => /^[-+]/m.test(hunk))
    .join('\n');
}

/** Changed rows with what is known around them, neighbours together. */
function hunksOf(rows: readonly Row[]): Row[][] {
  const near = new Uint8Array(rows.length);
  for (const [i, { mark }] of rows.entries()) {
    if (mark !== ' ') near.fill(1, Math.max(0, i - CONTEXT), Math.min(rows.length, i + CONTEXT + 1));
  }
  const hunks: Row[][] = [];
  let open = false;
  for (const [i, row] of rows.entries()) {
    const shown = near[i] === 1 && row.text !== undefined;
    if (shown && open) hunks.at(-1)!.push(row);
    else if (shown) hunks.push([row]);
    open = shown;
  }
  return hunks;
}

function hunkText(rows: readonly Row[]): string {
  const first = rows[0]!;
  const [before, after] = [rows.filter(row => row.mark !== '+').length, rows.filter(row => row.mark !== '-').length];
  const from = (line: number, count: number) => `${count === 0 ? line - 1 : line},${count}`;
  const header = `@@ -${from(first.before, before)} +${from(first.after, after)} @@`;
  return [header, ...rows.map(({ mark, text }) => `${mark}${text}`)].join('\n');
}
