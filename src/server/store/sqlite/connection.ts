import { type Database, openDatabase } from '../../../base/sqlite.ts';

export type { SqlValue, Statement } from '../../../base/sqlite.ts';

/** A connection to the store's database. */
export interface Connection extends Database {
  /** Called before each {@link transaction}: throws where what is written now would hide that the files were cut, or be lost with them. */
  checkFiles?: () => void;
}

/** Milliseconds that a statement waits for another process (a backup, a person with a SQL shell) to let go of the file. */
export const BUSY_TIMEOUT_MS = 5_000;

/** Opens or makes the database `file`. @throws an error with SQLite's `errcode` */
export function openConnection(file: string, busyTimeoutMs: number = BUSY_TIMEOUT_MS): Connection {
  return openDatabase(file, busyTimeoutMs);
}

/** What went wrong in SQLite, as far as we treat it differently. */
export type SqlFailure = 'busy' | 'full' | 'other';

const BUSY = 5;
const FULL = 13;

/** Sorts an error that a call of {@link Connection} threw. */
export function failureOf(error: unknown): SqlFailure {
  const errcode = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
  // The low byte is the primary code; the rest says more about where it happened.
  const primary = typeof errcode === 'number' ? errcode & 0xff : undefined;
  if (primary === BUSY) return 'busy';
  return primary === FULL ? 'full' : 'other';
}

/** Runs `work` in a transaction: all of it is durable afterwards, or none of it happened. */
export function transaction<Result>(connection: Connection, work: () => Result): Result {
  connection.checkFiles?.();
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    rollback(connection);
    throw error;
  }
}

/**
 * Like {@link transaction}, for what can be made again: it waits for no disk. Losing power may undo it, whole, together
 * with nothing else; the next durable transaction makes it durable as well.
 */
export function relaxedTransaction<Result>(connection: Connection, work: () => Result): Result {
  connection.exec('PRAGMA synchronous = NORMAL');
  try {
    return transaction(connection, work);
  } finally {
    connection.exec('PRAGMA synchronous = FULL');
  }
}

/** A full disk may have rolled back by itself; then there is nothing left to roll back, and that is fine. */
function rollback(connection: Connection): void {
  try {
    connection.exec('ROLLBACK');
  } catch {}
}
