import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Logger } from '../../../base/log.ts';
import { shortHash } from '../../../event/id.ts';
import { openBounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import type { DataDir } from './data-dir.ts';
import type { HeadRecord } from './head-file.ts';

/**
 * Gives the log another epoch when it is not the one that this directory had at last: restored from a backup, moved here, or
 * short of events that were acknowledged. Its seqs then stand for other events than those that readers remember. The
 * log alone cannot know: everything in a backup fits. So the directory's head says which file had come how far.
 */
export function continueLog(connection: Connection, { directory, log }: { directory: DataDir; log: Logger }): void {
  const { headed } = connection.prepare('SELECT headed FROM log').get() as { headed: number };
  const before = directory.head.before;
  const { epoch, last } = openBounds(connection);
  const fits = before?.epoch === epoch && before.lastSeq <= last() && isSameFile(before, directory.logFile);
  // A log of before there was a head begins with one now.
  if (headed === 0) connection.exec('UPDATE log SET headed = 1');
  if (fits || (headed === 0 && before === undefined)) return;
  connection.prepare('UPDATE log SET epoch = ?').run(shortHash(randomUUID()));
  log.report('log_replaced', {
    last_seq: last(),
    last_seq_before: before?.lastSeq,
  });
}

/** What tells a file from its copies. */
type FileIdentity = Pick<HeadRecord, 'logInode' | 'logBornMs'>;

/** Which file the log is. A file system that does not know when a file was made answers with its last change, or nothing. */
export function fileOf(logFile: string): FileIdentity {
  const { ino, birthtimeMs, ctimeMs } = statSync(logFile);
  return { logInode: ino, ...(birthtimeMs > 0 && birthtimeMs < ctimeMs ? { logBornMs: birthtimeMs } : {}) };
}

function isSameFile({ logInode, logBornMs }: FileIdentity, logFile: string): boolean {
  const { ino, birthtimeMs } = statSync(logFile);
  return logInode === ino && (logBornMs === undefined || logBornMs === birthtimeMs);
}
