import type { Snapshot } from '../store.ts';
import { type Connection, relaxedTransaction } from './connection.ts';
import type { Names } from './names.ts';

/** Serialized folds, the newest of each ADW. */
export interface Snapshots {
  save(snapshot: Snapshot): void;
  all(): Snapshot[];
}

/** Opens the table of snapshots. */
export function openSnapshots(connection: Connection, adws: Names): Snapshots {
  const save = connection.prepare('INSERT OR REPLACE INTO snapshots (adw, seq, version, state) VALUES (?, ?, ?, ?)');
  const all = connection.prepare('SELECT adw, seq, version, state FROM snapshots ORDER BY adw');
  return {
    save: ({ adwId, seq, version, stateJson }) =>
      relaxedTransaction(connection, () => void save.run(adws.give(adwId), seq, version, stateJson)),
    all: () =>
      (all.all() as { adw: number; seq: number; version: number; state: string }[]).map(row => ({
        adwId: adws.of(row.adw),
        seq: row.seq,
        version: row.version,
        stateJson: row.state,
      })),
  };
}
