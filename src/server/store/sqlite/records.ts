import type { RecordStore } from '../store.ts';
import { type Connection, transaction } from './connection.ts';

/** Opens the table of records. */
export function openRecords(connection: Connection): RecordStore {
  const put = connection.prepare('INSERT OR REPLACE INTO records (kind, key, value) VALUES (?, ?, ?)');
  const get = connection.prepare('SELECT value FROM records WHERE kind = ? AND key = ?');
  const all = connection.prepare('SELECT key, value FROM records WHERE kind = ? ORDER BY key');
  const remove = connection.prepare('DELETE FROM records WHERE kind = ? AND key = ?');
  return {
    async put(kind, key, value) {
      transaction(connection, () => put.run(kind, key, JSON.stringify(value)));
    },
    async replace(kind, key, was, value) {
      return transaction(connection, () => {
        const row = get.get(kind, key) as { value: string } | undefined;
        if (row === undefined || row.value !== JSON.stringify(was)) return false;
        put.run(kind, key, JSON.stringify(value));
        return true;
      });
    },
    async get(kind, key) {
      const row = get.get(kind, key) as { value: string } | undefined;
      return row && JSON.parse(row.value);
    },
    async all(kind) {
      const rows = all.all(kind) as { key: string; value: string }[];
      return rows.map(({ key, value }) => ({ key, value: JSON.parse(value) }));
    },
    async remove(kind, key) {
      transaction(connection, () => remove.run(kind, key));
    },
  };
}
