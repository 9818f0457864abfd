import { DatabaseSync } from '@photostructure/sqlite';

/**
 * The one place that knows which SQLite binding is used. It keeps to what node:sqlite offers as well, so that node:sqlite
 * can take its place once every supported Node has it.
 */

/** What SQLite takes and gives for one column. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A prepared statement. */
export interface Statement {
  run(...parameters: SqlValue[]): { readonly changes: number | bigint };
  get(...parameters: SqlValue[]): unknown;
  all(...parameters: SqlValue[]): unknown[];
  iterate(...parameters: SqlValue[]): Iterable<unknown>;
  /** Gives every integer as a bigint from now on: without it one that no number holds is an error. */
  setReadBigInts(enabled: boolean): void;
}

/** A connection. Every call blocks until SQLite is done. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/**
 * Opens or makes the database `file`. @throws an error with SQLite's `errcode`
 * @param busyTimeoutMs milliseconds that a statement waits for another process to let go of the file
 */
export function openDatabase(file: string, busyTimeoutMs: number): Database {
  return new DatabaseSync(file, { timeout: busyTimeoutMs });
}
