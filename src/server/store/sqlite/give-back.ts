import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from './connection.ts';

/** Pages that one step gives back. Bounds how long it blocks the process. */
const STEP_PAGES = 500;

/**
 * Shrinks the database by the pages that hold nothing any more, a few at a time: VACUUM would hold up everything for
 * minutes and need the same space again. The file itself becomes smaller with the checkpoint at the end.
 */
export async function giveBack(connection: Connection): Promise<void> {
  const free = connection.prepare('PRAGMA freelist_count');
  const count = () => (free.get() as { freelist_count: number }).freelist_count;
  for (let before = Number.POSITIVE_INFINITY, pages = count(); pages > 0 && pages < before; ) {
    connection.prepare(`PRAGMA incremental_vacuum(${STEP_PAGES})`).all();
    await nextTurn();
    [before, pages] = [pages, count()];
  }
  connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
}
