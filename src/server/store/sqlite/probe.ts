import type { Artifacts } from './artifacts.ts';
import { type Connection, transaction } from './connection.ts';

/** Bytes that a probe writes: room for a usual batch, so that a store that recovers does not fail again at once. */
const PROBE_BYTES = 256 * 1024;

/** Opens a function that writes to the database and beside it as an append and an upload would, and takes it back. */
export function openProbe(connection: Connection, artifacts: Artifacts): () => Promise<void> {
  const put = connection.prepare('INSERT OR REPLACE INTO probe (id, filler) VALUES (1, zeroblob(?))');
  const take = connection.prepare('DELETE FROM probe');
  return async () => {
    await artifacts.probe(PROBE_BYTES);
    // Two transactions: what one puts and takes back is never written.
    transaction(connection, () => put.run(PROBE_BYTES));
    transaction(connection, () => take.run());
  };
}
