import type { Row } from '../../../src/adw/row.ts';
import type { RowTable } from '../data/row-table.ts';
import { isGuess } from './event-times.ts';

/** What happened to one file over the run, gathered from the rows' data. */
export interface FileHistory {
  readonly path: string;
  operation: 'read' | 'edited' | 'created' | 'deleted';
  /** Lines; undefined where a change does not say which. */
  added: number | undefined;
  removed: number | undefined;
  /** What is left of all that at the end of the run. */
  net: NetLines;
  /** Ordinals of `file_changed`, in order. */
  readonly changes: number[];
  reads: number;
  readonly roles: Map<string, RoleChanges>;
  /** When it was first touched; undefined where no time is known. */
  first: Moment | undefined;
  /** When it was last touched. */
  last: Moment | undefined;
}

/** A time in a run. */
export interface Moment {
  /** ms since the Unix epoch */
  readonly ms: number;
  /** Whether it was worked out. */
  readonly isGuess: boolean;
}

/** Lines of a file that the run added and removed between its first and its last state. */
export interface NetLines {
  /** undefined where a change does not say it. */
  readonly added: number | undefined;
  readonly removed: number | undefined;
  /** False where it is the sum of several changes, some of which may have undone others: then it is at most so much. */
  readonly isExact: boolean;
}

/** What one role did to a file. */
export interface RoleChanges {
  added: number | undefined;
  removed: number | undefined;
  changes: number;
  reads: number;
}

/** Files that calls read or changed, the ones changed most first. */
export function fileHistories(table: RowTable, limit: number): FileHistory[] {
  const files = new Map<string, FileHistory>();
  const changed = new Map<number, string>();
  for (let at = 0; at < limit; at++) {
    const rowData = table.rowData[at];
    if (rowData?.type !== 'file_changed' || !rowData.path) continue;
    if (table.pairedWith[at]! >= 0) changed.set(table.pairedWith[at]!, rowData.path);
    const file = entry(files, rowData.path, momentOf(table, at));
    const created = /creat/i.test(rowData.summary) || operationOf(table, at) === 'created';
    file.operation =
      file.changes.length === 0 && created ? 'created' : file.operation === 'created' ? 'created' : 'edited';
    count(file, rowData);
    file.changes.push(at);
    file.net = netAfter(file, rowData);
    const role = roleEntry(file, rowData.role);
    count(role, rowData);
    role.changes++;
  }
  for (let at = 0; at < limit; at++) {
    const rowData = table.rowData[at];
    if (!table.isCall(at) || rowData?.toolKind !== 'read' || !rowData.path) continue;
    const file = entry(files, shortened(files, rowData.path), momentOf(table, at));
    file.reads++;
    roleEntry(file, rowData.role).reads++;
  }
  return [...files.values()].sort(
    (a, b) =>
      b.changes.length - a.changes.length ||
      (b.net.added ?? 0) + (b.net.removed ?? 0) - (a.net.added ?? 0) - (a.net.removed ?? 0) ||
      a.path.localeCompare(b.path),
  );
}

/** Reads name files absolutely where changes name them below the working directory: the same file is one row. */
function shortened(files: ReadonlyMap<string, FileHistory>, path: string): string {
  for (const known of files.keys()) if (path === known || path.endsWith(`/${known}`)) return known;
  return path;
}

/**
 * What is left after one more change: all lines of a file that the run created are the run's own, so that what is removed of it was
 * added before; of another file sums are a bound.
 */
function netAfter(
  { operation, changes, added, removed, net }: FileHistory,
  { added: more, removed: fewer, summary }: Row,
): NetLines {
  if (changes.length === 1) return { added, removed: operation === 'created' ? 0 : removed, isExact: true };
  if (operation !== 'created') return { added, removed, isExact: false };
  const isKnown = net.added !== undefined && more !== undefined && fewer !== undefined;
  // A text that is written whole is all that the file holds then.
  const left = /^(?:created|write) /.test(summary)
    ? more
    : isKnown
      ? Math.max(0, net.added! + more - fewer)
      : undefined;
  return { added: left, removed: 0, isExact: net.isExact };
}

/** The same by the one difference that all changes make together, as a unified diff. */
export function netLinesIn(diff: string): NetLines {
  const rows = diff.split('\n');
  return {
    added: rows.filter(row => row.startsWith('+')).length,
    removed: rows.filter(row => row.startsWith('-')).length,
    isExact: true,
  };
}

/** The sum over several files. */
export function sumOfNet(files: readonly Pick<FileHistory, 'net'>[]): {
  added: number;
  removed: number;
  isExact: boolean;
} {
  return {
    added: files.reduce((sum, { net }) => sum + (net.added ?? 0), 0),
    removed: files.reduce((sum, { net }) => sum + (net.removed ?? 0), 0),
    isExact: files.every(({ net }) => net.isExact && net.added !== undefined && net.removed !== undefined),
  };
}

function operationOf(table: RowTable, at: number): string {
  const call = table.pairedWith[at]!;
  return call >= 0 && table.rowData[call]?.toolKind === 'write' && (table.rowData[at]?.removed ?? 0) === 0
    ? 'created'
    : 'edited';
}

function momentOf(table: RowTable, at: number): Moment | undefined {
  const ms = table.timeOf(at);
  return Number.isFinite(ms) ? { ms, isGuess: isGuess(table, at) } : undefined;
}

/** The file's entry, touched at a moment: by the clock, as the order of rows and times that were worked out may disagree. */
function entry(files: Map<string, FileHistory>, path: string, moment: Moment | undefined): FileHistory {
  let file = files.get(path);
  if (!file) {
    file = {
      path,
      operation: 'read',
      added: 0,
      removed: 0,
      net: { added: 0, removed: 0, isExact: true },
      changes: [],
      reads: 0,
      roles: new Map(),
      first: moment,
      last: moment,
    };
    files.set(path, file);
  }
  if (moment === undefined) return file;
  if (file.first === undefined || moment.ms < file.first.ms) file.first = moment;
  if (file.last === undefined || moment.ms > file.last.ms) file.last = moment;
  return file;
}

/** Adds the lines of a change; a sum of which a part is not known is not known. */
function count(
  to: Pick<RoleChanges, 'added' | 'removed'>,
  { added, removed }: { readonly added?: number | undefined; readonly removed?: number | undefined },
): void {
  to.added = to.added === undefined || added === undefined ? undefined : to.added + added;
  to.removed = to.removed === undefined || removed === undefined ? undefined : to.removed + removed;
}

function roleEntry(file: FileHistory, role: string) {
  let row = file.roles.get(role);
  if (!row) {
    row = { added: 0, removed: 0, changes: 0, reads: 0 };
    file.roles.set(role, row);
  }
  return row;
}
