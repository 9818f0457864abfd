import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../base/sqlite.ts';
import { copyDatabase, signatureOf } from './database-copy.ts';

type Open = (file: string, busyTimeoutMs: number) => Database;

/** The part of the time that copying may take: a database that is large and written to all the time is read less often. */
const COPYING_SHARE = 0.05;

/**
 * One database of many runs, read from a private copy that all sidecars of this process share: each reads its own run from
 * it once, and then the copy is gone.
 */
export class SharedCopy {
  readonly #file: string;
  readonly #open: Open;
  /** Its readers, and whether each has read the present copy. */
  readonly #readers = new Map<object, boolean>();
  #signature: string | undefined;
  /** The copies are attached to it one after the other: closed, it would keep a copy's files until its statements are collected. */
  #database: Database | undefined;
  #isAttached = false;
  #copiedAt = 0;
  #copyingMs = 0;

  private constructor(file: string, open: Open) {
    this.#file = file;
    this.#open = open;
  }

  static readonly #all = new Map<string, SharedCopy>();

  /** The copy of the database `file`, for `reader` until it {@link leave}s. */
  static of(file: string, reader: object, open: Open): SharedCopy {
    const copy = SharedCopy.#all.get(file) ?? new SharedCopy(file, open);
    SharedCopy.#all.set(file, copy);
    if (!copy.#readers.has(reader)) copy.#readers.set(reader, false);
    return copy;
  }

  /** Whether the reader has read the database as it is now; true where there is none. */
  isRead(reader: object): boolean {
    const now = signatureOf(this.#file);
    return now === undefined || (now === this.#signature && this.#readers.get(reader) === true);
  }

  /**
   * Reads the database as it is, or was a moment ago; its tables are those of the schema `run`.
   * @returns undefined where that is not possible just now: it is being written to, or was copied too lately
   * @throws the system's errors, and SQLite's
   */
  read<Result>(reader: object, query: (database: Database) => Result): Result | undefined {
    if (!this.#refresh()) return undefined;
    const result = query(this.#database as Database);
    this.#readers.set(reader, true);
    if ([...this.#readers.values()].every(hasRead => hasRead)) this.#drop();
    return result;
  }

  /** Everything is to be read again by the reader. */
  forget(reader: object): void {
    this.#readers.set(reader, false);
  }

  /** The reader reads no more. */
  leave(reader: object): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#drop();
    this.#database?.close();
    SharedCopy.#all.delete(this.#file);
  }

  #refresh(): boolean {
    const now = signatureOf(this.#file);
    if (this.#isAttached && now === this.#signature) return true;
    if (now === undefined || Date.now() - this.#copiedAt < this.#copyingMs / COPYING_SHARE) return false;
    this.#drop();
    const startedAt = performance.now();
    const directory = mkdtempSync(join(tmpdir(), 'adw-stream-'));
    try {
      this.#signature = copyDatabase(this.#file, directory);
      if (this.#signature === undefined) return false;
      this.#attach(join(directory, 'copy'));
      for (const reader of this.#readers.keys()) this.#readers.set(reader, false);
      return true;
    } finally {
      this.#copiedAt = Date.now();
      this.#copyingMs = performance.now() - startedAt;
      // What is open stays readable; nothing of it is left should this process be killed.
      rmSync(directory, { recursive: true, force: true });
    }
  }

  #attach(copy: string): void {
    this.#database ??= this.#open(':memory:', 0);
    this.#database.exec(`ATTACH '${copy.replaceAll("'", "''")}' AS run`);
    this.#isAttached = true;
    // Without a file of its own for locks; the first read takes in what lies in the copy's log.
    this.#database.exec('PRAGMA run.locking_mode = EXCLUSIVE; SELECT count(*) FROM run.sqlite_schema');
  }

  #drop(): void {
    if (this.#isAttached) this.#database?.exec('DETACH run');
    this.#isAttached = false;
  }
}
