import { numberOf } from './read.ts';

/** Which lines a change of a file changed: a diff may remove and add again lines that stay, also where only a newline behind one differs. Pure. */

/** The data of a `file_changed`, as far as it tells of lines. */
interface ChangeData {
  readonly diff?: unknown;
  readonly truncated?: unknown;
  readonly lines_added?: unknown;
  readonly lines_removed?: unknown;
}

/** Lines that a change added and removed; undefined where it does not say which. */
export interface ChangedLines {
  readonly added: number | undefined;
  readonly removed: number | undefined;
}

/** Counts the lines of a change: as it says, without those that stay as far as the log holds its diff. */
export function changedLines({ diff, truncated, lines_added, lines_removed }: ChangeData): ChangedLines {
  const [added, removed] = [countOf(lines_added), countOf(lines_removed)];
  // What only adds or only removes has no line on both sides.
  if (!added || !removed || typeof diff !== 'string' || truncated === true) return { added, removed };
  const stayed = blocksOf(rowsIn(diff)).reduce((sum, { head, tail }) => sum + head + tail, 0);
  return { added: Math.max(0, added - stayed), removed: Math.max(0, removed - stayed) };
}

/** A unified diff in which no line that stays is removed and added again. */
export function withoutStayed(diff: string): string {
  const [all, rows] = [diff.split('\n'), rowsIn(diff)];
  return [...all.slice(0, all.length - rows.length), ...rowsWithoutStayed(rows)].join('\n');
}

/** The same for rows of hunks. */
export function rowsWithoutStayed(rows: readonly string[]): string[] {
  return blocksOf(rows).flatMap(rowsOf);
}

const countOf = (value: unknown): number | undefined => numberOf(value) ?? undefined;

/** The rows of a diff's hunks: above the first it names its files. */
function rowsIn(diff: string): string[] {
  const rows = diff.split('\n');
  const first = rows.findIndex(row => row.startsWith('@@'));
  return first < 0 ? [] : rows.slice(first);
}

/** Removed rows and those in their place, or one row of anything else. */
interface Block {
  readonly rows: string[];
  readonly removed: string[];
  readonly added: string[];
}

/** A block with how many lines at its beginning, and at its end, are the same on both sides. */
interface Compared extends Block {
  readonly head: number;
  readonly tail: number;
}

function blocksOf(rows: readonly string[]): Compared[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const row of rows) {
    const isChange = /^[-+\\]/.test(row);
    const isNext = !isChange || (row.startsWith('-') && open !== undefined && open.added.length > 0);
    if (open === undefined || isNext) {
      open = { rows: [], removed: [], added: [] };
      blocks.push(open);
    }
    open.rows.push(row);
    if (row.startsWith('-')) open.removed.push(row.slice(1));
    if (row.startsWith('+')) open.added.push(row.slice(1));
    if (!isChange) open = undefined;
  }
  return blocks.map(block => ({ ...block, ...sameEnds(block) }));
}

function sameEnds({ removed, added }: Block): { head: number; tail: number } {
  const most = Math.min(removed.length, added.length);
  let [head, tail] = [0, 0];
  while (head < most && removed[head] === added[head]) head++;
  while (tail < most - head && removed.at(-1 - tail) === added.at(-1 - tail)) tail++;
  return { head, tail };
}

function rowsOf({ rows, removed, added, head, tail }: Compared): readonly string[] {
  if (head + tail === 0) return rows;
  const middle = (lines: readonly string[]) => lines.slice(head, lines.length - tail);
  return [
    ...added.slice(0, head).map(line => ` ${line}`),
    ...middle(removed).map(line => `-${line}`),
    ...middle(added).map(line => `+${line}`),
    ...added.slice(added.length - tail).map(line => ` ${line}`),
    // That a side ends without a newline, once.
    ...rows.filter(row => row.startsWith('\\')).slice(0, 1),
  ];
}
