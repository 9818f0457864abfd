import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { type Clock, systemClock } from '../../../base/clock.ts';
import { AdwStreamError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { Store } from '../store.ts';
import { type Connection, openConnection } from './connection.ts';
import { continueLog } from './continuity.ts';
import { createPrivate, takeDataDir } from './data-dir.ts';
import { migrate } from './migrations.ts';
import { WAL_BYTES_KEPT } from './presence.ts';
import { assembleStore } from './sqlite-store.ts';

/** What {@link openSqliteStore} takes. */
export interface SqliteStoreOptions {
  /** Directory of the log and its artifacts; made if it is not there. One process at a time has it. */
  readonly dataDir: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Bytes that the database may take; more is refused as if the disk were full. Unlimited when absent. */
  readonly databaseBytesMax?: number;
}

/** Pages of 8 KiB hold several events each, and halve the pages that a commit touches against SQLite's 4 KiB. */
const PAGE_BYTES = 8_192;

/**
 * What only a new database is told; `auto_vacuum` keeps what retention needs to make the file smaller. Told to one that is
 * there it changes nothing, and writes all the same, which a full disk refuses.
 */
const NEW_PRAGMAS = `
  PRAGMA page_size = ${PAGE_BYTES};
  PRAGMA auto_vacuum = INCREMENTAL;
`;

/**
 * `synchronous=FULL` syncs the write-ahead log at each commit. The log is moved into the database every 32 MiB: pages that
 * many commits touch are then written once. A cache of 16 MiB holds the pages that commits touch; what readers want beyond is in the
 * kernel's, and 64 MiB were 55 MB of the process for no less CPU.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = ${WAL_BYTES_KEPT};
  PRAGMA cache_size = -16384;
  PRAGMA temp_store = MEMORY;
`;

/**
 * Opens the log in `dataDir`, making it if there is none.
 * @throws AdwStreamError data_dir_in_use, data_dir_unwritable, data_dir_newer
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { dataDir, log, clock = systemClock, databaseBytesMax } = options;
  const directory = takeDataDir(dataDir, log);
  let connection: Connection | undefined;
  try {
    createPrivate(directory.logFile);
    const isNew = statSync(directory.logFile).size === 0;
    connection = openConnection(directory.logFile);
    connection.exec(isNew ? NEW_PRAGMAS + PRAGMAS : PRAGMAS);
    if (databaseBytesMax !== undefined) {
      connection.exec(`PRAGMA max_page_count = ${Math.ceil(databaseBytesMax / PAGE_BYTES)}`);
    }
    migrate(connection, randomUUID());
    continueLog(connection, { directory, log });
    return assembleStore(connection, { directory, log, clock });
  } catch (cause) {
    connection?.close();
    directory.release();
    if (cause instanceof AdwStreamError) throw cause;
    throw new AdwStreamError('data_dir_unwritable', `The log in the data directory ${dataDir} cannot be opened.`, {
      cause,
    });
  }
}
