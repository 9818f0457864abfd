import { join } from 'node:path';
import { openConnection } from '../../../../src/server/store/sqlite/connection.ts';

/** How many texts of the log in `dataDir` are stored and not yet in its index, as another connection sees them. */
export function waitingTexts(dataDir: string): number {
  const connection = openConnection(join(dataDir, 'log.db'));
  const { waiting } = connection
    .prepare('SELECT (SELECT max(seq) FROM events) - indexed_to AS waiting FROM log')
    .get() as { waiting: number };
  connection.close();
  return waiting;
}
