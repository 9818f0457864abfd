// Writes to a factory's database in bursts, one for each word on its stdin: in each of its states the two counts are the same.
import { DatabaseSync } from '@photostructure/sqlite';

const database = new DatabaseSync(process.argv[2]);
database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8;
  CREATE TABLE counts (name TEXT, value INTEGER); CREATE TABLE filling (text TEXT);
  INSERT INTO counts VALUES ('a', 0), ('b', 0);`);
console.log('ready');
function burst() {
  for (let n = 0; n < 20; n++) {
    database.exec(`BEGIN; UPDATE counts SET value = value + 1 WHERE name = 'a';
      INSERT INTO filling VALUES (hex(randomblob(3000)));
      UPDATE counts SET value = value + 1 WHERE name = 'b'; COMMIT;`);
  }
}
process.stdin.on('data', burst);
