import { type BigIntStats, constants, copyFileSync, lstatSync } from 'node:fs';
import { join } from 'node:path';

/** A database, what was written to it and not moved there yet, and what undoes a write that broke off. */
const PARTS = ['', '-wal', '-journal'] as const;
/** A file that was written to this lately may be written to again without a newer time. ms */
const TIME_GRAIN_MS = 20n;

/** What tells the files of a database from what they are later; undefined where there is no database. */
export function signatureOf(file: string): string | undefined {
  const states = PARTS.map(part => stateOf(file + part));
  return states[0] === undefined ? undefined : states.map(described).join(' ');
}

/** When a database was last written to, ms since the Unix epoch; 0 where there is none. */
export function databaseWrittenAt(file: string): number {
  return Math.max(...PARTS.map(part => Number(stateOf(file + part)?.mtimeMs ?? 0n)));
}

/**
 * Copies a database that others write to, into a directory of ours: SQLite makes files beside one that it opens, and keeps its
 * writers from tidying up. A copy during which a writer wrote is none, since its parts are of different moments.
 * @returns the signature of what was copied; undefined where it was being written to, or is not there
 * @throws the system's errors
 */
export function copyDatabase(file: string, into: string): string | undefined {
  const before = signatureOf(file);
  if (before === undefined || isBeingWritten(file)) return undefined;
  for (const part of PARTS) {
    if (stateOf(file + part) === undefined) continue;
    copyFileSync(file + part, join(into, `copy${part}`), constants.COPYFILE_FICLONE);
  }
  return signatureOf(file) === before ? before : undefined;
}

function isBeingWritten(file: string): boolean {
  const now = BigInt(Date.now());
  return PARTS.some(part => {
    const ago = now - (stateOf(file + part)?.mtimeMs ?? 0n);
    return ago < TIME_GRAIN_MS && ago > -TIME_GRAIN_MS;
  });
}

/** Links and whatever is no file count as nothing. */
function stateOf(path: string): BigIntStats | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() ? stats : undefined;
}

function described(stats: BigIntStats | undefined): string {
  return stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
