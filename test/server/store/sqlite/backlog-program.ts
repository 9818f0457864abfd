import { randomUUID } from 'node:crypto';
import { silentLogger } from '../../../../src/base/log.ts';
import { openConnection } from '../../../../src/server/store/sqlite/connection.ts';
import { migrate } from '../../../../src/server/store/sqlite/migrations.ts';
import { openNames } from '../../../../src/server/store/sqlite/names.ts';
import { openSearchIndexer } from '../../../../src/server/store/sqlite/search-indexer.ts';

/**
 * `backlog-program.ts texts chars published`: hands the indexer `texts` texts of `chars` characters, says that those up to
 * seq `published` are in the log, and ends with how far it came. A process of its own: a loop without end can be killed.
 */
const [texts = 0, chars = 0, published = 0] = process.argv.slice(2).map(Number);
const connection = openConnection(':memory:');
migrate(connection, randomUUID());
const indexer = openSearchIndexer({ connection, names: openNames(connection), lastSeq: 0, log: silentLogger });
for (let seq = 1; seq <= texts; seq += 1) indexer.enqueue(seq, { adw: 1, text: 'word '.repeat(chars / 5) });
indexer.committed(published);
process.stdout.write(`${indexer.indexedTo}\n`);
indexer.stop();
connection.close();
