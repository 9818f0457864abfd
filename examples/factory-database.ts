import { DatabaseSync } from '@photostructure/sqlite';
import { FACTORY_ROWS, FACTORY_TABLES } from './factory.ts';

/** Writes the factory's database anew, small, and in the mode in which its workflows leave it. */
export function writeFactoryDatabase(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; ${FACTORY_TABLES}`);
  for (const [table, rows] of Object.entries(FACTORY_ROWS)) {
    for (const row of rows) {
      const values = Object.values(row).map(value =>
        typeof value === 'string' ? quoted(value) : String(value ?? 'NULL'),
      );
      database.exec(`INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${values.join(', ')})`);
    }
  }
  database.close();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
