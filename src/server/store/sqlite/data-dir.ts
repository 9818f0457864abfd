import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { AdwStreamError } from '../../../base/errors.ts';
import { makeDirectory } from '../../../base/make-directory.ts';
import { type Connection, failureOf, openConnection } from './connection.ts';

/** The data directory while this process has it. */
export interface DataDir {
  /** The database of the log. */
  readonly logFile: string;
  /** Where artifacts are kept by their sha-256. */
  readonly artifactsDir: string;
  /** Lets another process have it. */
  release(): void;
}

/**
 * Makes `dataDir` if need be and takes it for this process alone.
 *
 * The lock is SQLite's own file lock on a database that holds nothing: the kernel drops it with the process that had
 * it, so a kill -9 leaves no stale lock and no pid that another process has by now.
 * @throws AdwStreamError data_dir_unwritable, data_dir_in_use
 */
export function takeDataDir(dataDir: string): DataDir {
  const artifactsDir = join(dataDir, 'artifacts');
  try {
    makeDirectory(artifactsDir);
    accessSync(dataDir, constants.W_OK);
  } catch (cause) {
    throw new AdwStreamError('data_dir_unwritable', `The data directory ${dataDir} cannot be written.`, { cause });
  }
  const lock = lockFile(dataDir);
  return { logFile: join(dataDir, 'log.db'), artifactsDir, release: () => lock.close() };
}

function lockFile(dataDir: string): Connection {
  let lock: Connection | undefined;
  try {
    lock = openConnection(join(dataDir, 'lock.db'), 0);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    if (failureOf(cause) === 'busy') {
      throw new AdwStreamError('data_dir_in_use', `Another server uses the data directory ${dataDir}.`, { cause });
    }
    throw new AdwStreamError('data_dir_unwritable', `The data directory ${dataDir} cannot be written.`, { cause });
  }
}
