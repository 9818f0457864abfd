import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Logger } from '../../../base/log.ts';
import { shortHash } from '../../../event/id.ts';
import { openBounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import type { DataDir } from './data-dir.ts';

/**
 * Gives the log another epoch when it is not the one that this directory had at last: restored from a backup, moved here, or
 * short of events that were acknowledged. Its seqs then stand for other events than those that readers remember. The
 * log alone cannot know: everything in a backup fits. So the directory's head says which file had come how far.
 */
export function continueLog(connection: Connection, { directory, log }: { directory: DataDir; log: Logger }): void {
  const { headed } = connection.prepare('SELECT headed FROM log').get() as { headed: number };
  const before = directory.head.before;
  const { epoch, last } = openBounds(connection);
  const fits =
    before?.epoch === epoch && before.lastSeq <= last() && before.logInode === statSync(directory.logFile).ino;
  // A log of before there was a head begins with one now.
  if (headed === 0) connection.exec('UPDATE log SET headed = 1');
  if (fits || (headed === 0 && before === undefined)) return;
  connection.prepare('UPDATE log SET epoch = ?').run(shortHash(randomUUID()));
  log.report('log_replaced', {
    last_seq: last(),
    last_seq_before: before?.lastSeq,
  });
}
