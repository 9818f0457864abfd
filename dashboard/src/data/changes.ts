import type { EventLog } from './log.ts';

/** What happened to one file over the run, gathered from the rows' data. */
export interface FileHistory {
  readonly path: string;
  operation: 'read' | 'edited' | 'created' | 'deleted';
  added: number;
  removed: number;
  /** Ordinals of `file_changed`, in order. */
  readonly changes: number[];
  reads: number;
  readonly roles: Map<string, { added: number; removed: number; changes: number; reads: number }>;
  firstAt: number;
  lastAt: number;
}

/** Files that calls read or changed, the ones changed most first. */
export function fileHistories(log: EventLog, limit: number): FileHistory[] {
  const files = new Map<string, FileHistory>();
  const changed = new Map<number, string>();
  for (let at = 0; at < limit; at++) {
    if (log.type[at] !== 'file_changed') continue;
    const rowData = log.rowData[at];
    if (!rowData?.path) continue;
    if (log.pairedWith[at]! >= 0) changed.set(log.pairedWith[at]!, rowData.path);
    const file = entry(files, rowData.path, at);
    const created = /creat/i.test(rowData.summary) || operationOf(log, at) === 'created';
    file.operation =
      file.changes.length === 0 && created ? 'created' : file.operation === 'created' ? 'created' : 'edited';
    file.added += rowData.added ?? 0;
    file.removed += rowData.removed ?? 0;
    file.changes.push(at);
    const role = roleEntry(file, log.role[at]!);
    role.added += rowData.added ?? 0;
    role.removed += rowData.removed ?? 0;
    role.changes++;
  }
  for (let at = 0; at < limit; at++) {
    const rowData = log.rowData[at];
    if (log.type[at] !== 'tool_use_pre' || rowData?.toolKind !== 'read' || !rowData.path) continue;
    const file = entry(files, shortened(files, rowData.path), at);
    file.reads++;
    roleEntry(file, log.role[at]!).reads++;
  }
  return [...files.values()].sort(
    (a, b) =>
      b.changes.length - a.changes.length ||
      b.added + b.removed - (a.added + a.removed) ||
      a.path.localeCompare(b.path),
  );
}

/** Reads name files absolutely where changes name them below the working directory: the same file is one row. */
function shortened(files: ReadonlyMap<string, FileHistory>, path: string): string {
  for (const known of files.keys()) if (path === known || path.endsWith(`/${known}`)) return known;
  return path;
}

function operationOf(log: EventLog, at: number): string {
  const call = log.pairedWith[at]!;
  return call >= 0 && log.rowData[call]?.toolKind === 'write' && (log.rowData[at]?.removed ?? 0) === 0
    ? 'created'
    : 'edited';
}

function entry(files: Map<string, FileHistory>, path: string, at: number): FileHistory {
  let file = files.get(path);
  if (!file) {
    file = {
      path,
      operation: 'read',
      added: 0,
      removed: 0,
      changes: [],
      reads: 0,
      roles: new Map(),
      firstAt: at,
      lastAt: at,
    };
    files.set(path, file);
  }
  file.firstAt = Math.min(file.firstAt, at);
  file.lastAt = Math.max(file.lastAt, at);
  return file;
}

function roleEntry(file: FileHistory, role: string) {
  let row = file.roles.get(role);
  if (!row) {
    row = { added: 0, removed: 0, changes: 0, reads: 0 };
    file.roles.set(role, row);
  }
  return row;
}
