import { changedLines } from '../adw/changed-lines.ts';
import { type Change, mergeDiffs } from '../adw/merge-diffs.ts';

/** What the changes of one file come to. */
export interface NetChange {
  /** Lines; null where a change does not say which. */
  readonly added: number | null;
  readonly removed: number | null;
  readonly changes: number;
  /**
   * Whether lines that one change added and another took away are left out. False where the log holds no whole difference, or
   * something else wrote to the file in between: then it is the sum of the changes.
   */
  readonly isNet: boolean;
}

/** Characters of differences that are kept of one run. Prevents a run that rewrites everything from filling memory. */
const DIFF_CHARS_MAX = 16 * 1024 * 1024;

interface File {
  added: number | null;
  removed: number | null;
  changes: number;
  /** undefined once one of them is not known whole. */
  diffs: Change[] | undefined;
}

/** Gathers the changes of files, as `file_changed` tells them, to say what they come to together. */
export class ChangedFiles {
  readonly #files = new Map<string, File>();
  #chars = 0;

  /** Takes the data of a `file_changed`. */
  add(data: Readonly<Record<string, unknown>>): void {
    const { file_path: path, diff, truncated } = data;
    if (typeof path !== 'string' || path === '') return;
    const file = this.#files.get(path) ?? { added: 0, removed: 0, changes: 0, diffs: [] };
    this.#files.set(path, file);
    const { added, removed } = changedLines(data);
    file.added = sumOf(file.added, added);
    file.removed = sumOf(file.removed, removed);
    file.changes += 1;
    this.#chars += typeof diff === 'string' ? diff.length : 0;
    const isKnown = typeof diff === 'string' && diff !== '' && truncated !== true && this.#chars <= DIFF_CHARS_MAX;
    if (!isKnown) file.diffs = undefined;
    else file.diffs?.push({ role: '', diff });
  }

  /** By path. */
  net(): ReadonlyMap<string, NetChange> {
    return new Map([...this.#files].map(([path, file]) => [path, netOf(file)]));
  }
}

function netOf({ added, removed, changes, diffs }: File): NetChange {
  if (changes === 1) return { added, removed, changes, isNet: true };
  const merged = diffs === undefined ? undefined : mergeDiffs(diffs);
  if (merged === undefined) return { added, removed, changes, isNet: false };
  const rows = merged.split('\n');
  const count = (mark: string) => rows.filter(row => row.startsWith(mark)).length;
  return { added: count('+'), removed: count('-'), changes, isNet: true };
}

/** The sum, as far as both are known. */
function sumOf(sum: number | null, value: unknown): number | null {
  if (sum === null || typeof value !== 'number' || !Number.isFinite(value)) return null;
  return sum + Math.max(0, value);
}
