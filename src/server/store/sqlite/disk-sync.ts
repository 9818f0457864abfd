import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Connection } from './connection.ts';

const dataSync = promisify(fdatasync);

/** Waits for the disk without holding the process. */
export interface DiskSync {
  /** Resolves once every transaction that was committed before is durable. */
  sync(): Promise<void>;
  close(): void;
}

/**
 * Opens what makes relaxed transactions durable: it syncs the write-ahead log as `synchronous=FULL` does at the end of a
 * commit, but in a thread of libuv's pool. The commit before wrote its frames into that file, and a checkpoint syncs it
 * before it moves anything.
 *
 * After a sync that failed, the kernel counts what it could not write as written: another one would say nothing. Then the
 * frames are moved into the database, which is synced at the end.
 * @param file the database
 */
export function openDiskSync(connection: Connection, file: string): DiskSync {
  let descriptor: number | undefined;
  let hasFailed = false;

  const checkpoint = () => {
    const { busy } = connection.prepare('PRAGMA wal_checkpoint(FULL)').get() as { busy: number };
    if (busy !== 0) throw new Error('the write-ahead log could not be moved into the database');
    hasFailed = false;
  };
  return {
    async sync() {
      if (hasFailed) return checkpoint();
      try {
        // Opened once it is there. No lock of SQLite lies on this file that closing it could drop.
        descriptor ??= openSync(`${file}-wal`, 'r');
        await dataSync(descriptor);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
