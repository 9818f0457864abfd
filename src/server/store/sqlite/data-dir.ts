import { accessSync, chmodSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AdwStreamError, systemCode } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import { makeDirectory } from '../../../base/make-directory.ts';
import { statIfAny } from '../../../base/stat.ts';
import { BUSY_TIMEOUT_MS, type Connection, failureOf, openConnection } from './connection.ts';
import { type HeadFile, openHeadFile } from './head-file.ts';

/** The data directory while this process has it. */
export interface DataDir {
  /** The database of the log. */
  readonly logFile: string;
  /** Where artifacts are kept by their sha-256. */
  readonly artifactsDir: string;
  readonly head: HeadFile;
  /** Inode of the lock file. */
  readonly lockInode: number;
  /** Lets another process have it. */
  release(): void;
}

/**
 * Makes `dataDir` if need be and takes it for this process alone; it and the log in it are readable by their owner alone,
 * whatever they were before.
 *
 * The lock is SQLite's own file lock on a database that holds nothing: the kernel drops it with the process that had
 * it, so a kill -9 leaves no stale lock and no pid that another process has by now. Where that file is another one than the
 * process before had, it may have been removed from under a server that runs: then the log itself is asked.
 * @throws AdwStreamError data_dir_unwritable, data_dir_in_use
 */
export function takeDataDir(dataDir: string, log: Logger): DataDir {
  const artifactsDir = join(dataDir, 'artifacts');
  const logFile = join(dataDir, 'log.db');
  try {
    makeDirectory(artifactsDir);
    accessSync(dataDir, constants.W_OK);
  } catch (cause) {
    throw unwritable(dataDir, cause);
  }
  const lockPath = join(dataDir, 'lock.db');
  for (const directory of [dataDir, artifactsDir]) makePrivate(directory, 0o700, log);
  for (const file of [logFile, `${logFile}-wal`, `${logFile}-shm`, lockPath]) {
    if (statIfAny(file) !== undefined) makePrivate(file, 0o600, log);
  }
  const lock = lockFile(dataDir, lockPath);
  const head = openHeadFile(dataDir);
  try {
    const lockInode = statSync(lockPath).ino;
    if (head.before?.lockInode !== lockInode) requireUnused(dataDir, logFile);
    const release = () => {
      head.close();
      lock.close();
    };
    return { logFile, artifactsDir, head, lockInode, release };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Takes other users' rights to a file of ours; a file of another user is left as it is, with a warning. */
function makePrivate(path: string, mode: number, log: Logger): void {
  try {
    if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode);
  } catch (error) {
    log.report('log_not_private', { file: path, reason: systemCode(error) });
  }
}

function lockFile(dataDir: string, file: string): Connection {
  let lock: Connection | undefined;
  try {
    createPrivate(file);
    lock = openConnection(file, 0);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    throw failureOf(cause) === 'busy' ? inUse(dataDir, cause) : unwritable(dataDir, cause);
  }
}

/** Makes an empty file that its owner alone may read, if there is none: SQLite would leave its rights to the umask. */
export function createPrivate(file: string): void {
  if (statIfAny(file) === undefined) closeSync(openSync(file, 'a', 0o600));
}

/** @throws AdwStreamError data_dir_in_use when another process has the log open */
function requireUnused(dataDir: string, logFile: string): void {
  if ((statIfAny(logFile)?.size ?? 0) === 0) return;
  const connection = openConnection(logFile, BUSY_TIMEOUT_MS);
  try {
    // Every connection of another process, also one that does nothing just now, stands in the way of an exclusive one.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK');
  } catch (cause) {
    if (failureOf(cause) === 'busy') throw inUse(dataDir, cause);
    // Whatever else is wrong with it is said when it is opened.
  } finally {
    connection.close();
  }
}

function inUse(dataDir: string, cause: unknown): AdwStreamError {
  return new AdwStreamError('data_dir_in_use', `Another server uses the data directory ${dataDir}.`, { cause });
}

function unwritable(dataDir: string, cause: unknown): AdwStreamError {
  return new AdwStreamError('data_dir_unwritable', `The data directory ${dataDir} cannot be written.`, { cause });
}
