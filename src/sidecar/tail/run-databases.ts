import { isDeepStrictEqual } from 'node:util';
import { agoMs } from '../../base/clock.ts';
import { systemCode } from '../../base/errors.ts';
import type { Database, SqlValue } from '../../base/sqlite.ts';
import { PROCESS_TOLD_MS } from '../../event/limits.ts';
import type { DatabaseRow, FoundFile, ReadDatabase, RunRecord, Unreadable } from '../flow.ts';
import { databaseWrittenAt, signatureOf } from './database-copy.ts';
import { areOurs, isAlive } from './process-life.ts';
import { SharedCopy } from './shared-copy.ts';

/** Between two checks whether processes live, ms. */
const LIFE_MS = 1_000;
/** A database that was written to within this time is checked with every poll. ms */
const QUIET_MS = 5 * 60_000;
/** Rows of one kind that are read at once. */
const ROWS_MAX = 5_000;
/** What a workflow notes that no file and no other table says. */
const NOTED = "('handoff', 'log', 'error')";

/** A database of runs, as one sidecar reads it. */
interface Known {
  readonly found: FoundFile;
  record: RunRecord | undefined;
  /** The last row of the workflow's notes that was read. */
  lastNote: number;
  /** When processes were last said to live, ms, by their row. */
  readonly seenAlive: Map<unknown, number>;
  /** What told the files that could not be read from others. */
  failed: string | undefined;
}

/** The databases that a factory keeps of its runs, read without a trace: what they say of one run, whenever that changes. */
export class RunDatabases {
  readonly #adwId: string;
  readonly #onReady: () => void;
  readonly #known = new Map<string, Known>();
  #open: ((file: string, busyTimeoutMs: number) => Database) | undefined;
  #isLoading = false;
  #hasNoBinding = false;
  #processesCheckedAt = 0;
  #unreadable: Unreadable[] = [];

  /** @param onReady called when SQLite, which is loaded for the first database, is there */
  constructor({ adwId, onReady }: { adwId: string; onReady: () => void }) {
    this.#adwId = adwId;
    this.#onReady = onReady;
  }

  /** Takes in a place where a database may be. */
  add(found: FoundFile): void {
    if (this.#known.has(found.absolute)) return;
    this.#known.set(found.absolute, {
      found,
      record: undefined,
      lastNote: 0,
      seenAlive: new Map(),
      failed: undefined,
    });
  }

  /** Whether one tells of the run's phases. */
  get hasPhases(): boolean {
    return [...this.#known.values()].some(({ record }) => (record?.phases.length ?? 0) > 0);
  }

  /** Whether one waits to be read. */
  get isPending(): boolean {
    return !this.#hasNoBinding && [...this.#known.values()].some(one => !this.#isRead(one));
  }

  /** Whether one waits to be read, or what it says of the run may change any moment: the run has not ended, and a process of it lives or it is written to. */
  isActive(now: number): boolean {
    if (this.isPending) return true;
    return [...this.#known.values()].some(({ found, record }) => {
      if (record?.session?.ended_at != null && record.session.status !== 'running') return false;
      const lives = record?.processes.some(row => row.is_alive === true) ?? false;
      return lives || agoMs(databaseWrittenAt(found.absolute), now) < QUIET_MS;
    });
  }

  /**
   * What has changed since the last call. A database that is being written to is read with a later one; with a poll only one
   * that is {@link isActive} is checked.
   */
  read(now: number, due: 'scan' | 'poll'): ReadDatabase[] {
    if (due === 'poll' && !this.isActive(now)) return [];
    const told = [...this.#known.values()].flatMap(one => this.#readOne(one, now) ?? []);
    if (agoMs(this.#processesCheckedAt, now) < LIFE_MS) return told;
    this.#processesCheckedAt = now;
    return [...told, ...[...this.#known.values()].flatMap(one => checkProcesses(one, now) ?? [])];
  }

  /** Databases that could not be read since the last call. */
  takeUnreadable(): Unreadable[] {
    const unreadable = this.#unreadable;
    this.#unreadable = [];
    return unreadable;
  }

  /** Everything is to be told again. */
  forget(): void {
    for (const one of this.#known.values()) {
      Object.assign(one, { record: undefined, lastNote: 0 });
      if (this.#open) SharedCopy.of(one.found.absolute, this, this.#open).forget(this);
    }
  }

  /** Gives up the copies. */
  close(): void {
    if (this.#open) for (const file of this.#known.keys()) SharedCopy.of(file, this, this.#open).leave(this);
    this.#known.clear();
  }

  #isRead({ found, record, failed }: Known): boolean {
    const signature = signatureOf(found.absolute);
    if (signature === undefined || signature === failed) return true;
    return record !== undefined && this.#open !== undefined && this.#copyOf(found).isRead(this);
  }

  #copyOf({ absolute }: FoundFile): SharedCopy {
    return SharedCopy.of(absolute, this, this.#open as (file: string, busyTimeoutMs: number) => Database);
  }

  #readOne(one: Known, now: number): ReadDatabase | undefined {
    if (this.#isRead(one) || !this.#load()) return undefined;
    try {
      const read = this.#copyOf(one.found).read(this, database => recordIn(database, this.#adwId, one.lastNote));
      if (read === undefined) return undefined;
      const { lastNote, ...rows } = read;
      const before = new Map(one.record?.processes.map(row => [row.row_id, row]));
      const withBefore = (row: DatabaseRow) => ({ ...row, ...lifeOf(before.get(row.row_id)) });
      const processes = rows.processes.map(row => withLife(withBefore(row), one, now));
      const record = { ...rows, processes };
      const hasChanged = !isDeepStrictEqual(record, { ...one.record, notes: [] });
      Object.assign(one, { record, lastNote, failed: undefined });
      if (record.notes.length === ROWS_MAX) this.#copyOf(one.found).forget(this);
      return hasChanged ? { found: one.found, record } : undefined;
    } catch (error) {
      // What is broken may be whole after the next write.
      if (one.failed === undefined) this.#unreadable.push({ ...one.found, code: codeOf(error) });
      one.failed = signatureOf(one.found.absolute);
      return undefined;
    }
  }

  /** Loads SQLite, which only a sidecar of a factory needs. @returns whether it is there */
  #load(): boolean {
    if (this.#open !== undefined) return true;
    if (this.#isLoading || this.#hasNoBinding) return false;
    this.#isLoading = true;
    void import('../../base/sqlite.ts').then(
      ({ openDatabase }) => {
        this.#open = openDatabase;
        this.#onReady();
      },
      () => {
        this.#hasNoBinding = true;
        for (const { found } of this.#known.values()) this.#unreadable.push({ ...found, code: 'SQLITE_MISSING' });
        this.#onReady();
      },
    );
    return false;
  }
}

/** What has changed of the processes alone: those that live are told again now and then. */
function checkProcesses(one: Known, now: number): ReadDatabase | undefined {
  const { record } = one;
  if (record === undefined) return undefined;
  const processes = record.processes.map(row => withLife(row, one, now));
  if (isDeepStrictEqual(processes, record.processes)) return undefined;
  one.record = { ...record, processes };
  return { found: one.found, record: { ...one.record, notes: [] } };
}

/** What was seen of a process before. */
function lifeOf(row: DatabaseRow | undefined): DatabaseRow {
  return row === undefined ? {} : { is_alive: row.is_alive, seen_ms: row.seen_ms };
}

/** The row of a process, with whether it lives and when that was seen, where it can be seen from here. */
function withLife(row: DatabaseRow, { found, seenAlive }: Known, now: number): DatabaseRow {
  const { is_alive: before, seen_ms: seenMs, ...said } = row;
  const named = { pid: Number(row.pid), startedMs: Date.parse(String(row.started_at)) };
  if (row.ended_at != null || Number.isNaN(named.startedMs)) return said;
  const alive = isAlive(named);
  if (alive === undefined) return said;
  if (!alive) {
    const canTell = seenAlive.has(row.row_id) || areOurs(found.absolute, named);
    return canTell ? { ...said, is_alive: false, seen_ms: before === false ? seenMs : now } : said;
  }
  const last = seenAlive.get(row.row_id);
  const isDue = last === undefined || agoMs(last, now) >= PROCESS_TOLD_MS;
  if (isDue) seenAlive.set(row.row_id, now);
  return { ...said, is_alive: true, seen_ms: isDue ? now : last };
}

/**
 * What a database says of one run. Tables and columns that a version of it lacks are missing here, too; so are views, which may
 * have no end.
 */
function recordIn(database: Database, adwId: string, after: number): RunRecord & { readonly lastNote: number } {
  const tables = namesIn(database.prepare("SELECT name FROM run.sqlite_schema WHERE type = 'table'").all());
  const rows = (table: string, rest = '', ...parameters: SqlValue[]): DatabaseRow[] => {
    if (!tables.has(table)) return [];
    try {
      const sql = `SELECT rowid AS row_id, * FROM run.${table} WHERE adw_id = ? ${rest} LIMIT ${ROWS_MAX}`;
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return (statement.all(adwId, ...parameters) as DatabaseRow[]).map(withNumbers);
    } catch (error) {
      if (/no such column/.test(String(error))) return [];
      throw error;
    }
  };
  const notes = rows('events', `AND type IN ${NOTED} AND rowid > ? ORDER BY rowid`, after);
  return {
    session: rows('sessions')[0],
    phases: rows('phases', 'ORDER BY seq, rowid'),
    gates: rows('gate_results', 'ORDER BY rowid'),
    processes: rows('processes', 'ORDER BY rowid'),
    notes,
    lastNote: Number(notes.at(-1)?.row_id ?? after),
  };
}

function namesIn(rows: readonly unknown[]): ReadonlySet<unknown> {
  return new Set(rows.map(row => (row as DatabaseRow).name));
}

/** An integer that no number holds is the nearest one: what means anything here is smaller. */
function withNumbers(row: DatabaseRow): DatabaseRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}

function codeOf(error: unknown): string {
  const code = systemCode(error);
  return code === undefined || code.startsWith('ERR_') ? 'SQLITE_CORRUPT' : code;
}
