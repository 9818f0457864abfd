import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RetentionPolicy } from '../store.ts';
import type { Artifacts } from './artifacts.ts';
import { type Connection, transaction } from './connection.ts';
import { GROUP_SEQS } from './search-groups.ts';

/** Events removed in one transaction. Bounds how long retention blocks the process. */
const REMOVE_EVENTS_MAX = 2_000;

interface AdwRow {
  readonly id: number;
  readonly adw_id: string;
  /** When something was last stored for it, ms since the Unix epoch. */
  readonly active_at: number;
  readonly bytes: number;
  readonly events: number;
  /** Of its newest artifact. */
  readonly version: number | null;
}

/** Opens the function that removes what `policy` no longer keeps and answers how many events went. */
export function openRetention(connection: Connection, artifacts: Artifacts) {
  const list = connection.prepare(
    `SELECT id, adw_id, bytes, events, version, max(appended_at, coalesce(uploaded_at, 0)) AS active_at
     FROM adws LEFT JOIN (SELECT adw, max(stored_at) AS uploaded_at, max(version) AS version FROM artifacts GROUP BY adw)
     ON adw = id WHERE events > 0 OR uploaded_at IS NOT NULL ORDER BY active_at, id`,
  );
  const extent = connection.prepare(
    'SELECT events, (SELECT max(version) FROM artifacts WHERE adw = id) AS version FROM adws WHERE id = ?',
  );
  const wentOn = ({ id, events, version }: AdwRow) => {
    const now = extent.get(id) as Pick<AdwRow, 'events' | 'version'>;
    return now.events !== events || now.version !== version;
  };
  const remove = openRemove(connection);
  return async (policy: RetentionPolicy, { running, now }: { running: ReadonlySet<string>; now: number }) => {
    let removed = 0;
    for (const adw of toRemove(list.all() as AdwRow[], policy, { running, now })) {
      // Those before it took their time: one that goes on since then was chosen for a silence that has ended.
      if (wentOn(adw)) continue;
      removed += await remove(adw.id);
      if (adw.version !== null) await artifacts.remove(adw.id, adw.version);
    }
    return removed;
  };
}

/** Which ADWs go, of `adws` with the longest silent first. Whole ones: half an ADW would fold to a wrong state. */
function toRemove(
  adws: readonly AdwRow[],
  { maxAgeMs = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: RetentionPolicy,
  { running, now }: { running: ReadonlySet<string>; now: number },
): AdwRow[] {
  let bytes = adws.reduce((sum, adw) => sum + adw.bytes, 0);
  return adws.filter(adw => {
    if (running.has(adw.adw_id)) return false;
    const goes = now - adw.active_at >= maxAgeMs || bytes > maxBytes;
    if (goes) bytes -= adw.bytes;
    return goes;
  });
}

/**
 * Positions and event ids stay: a replay of what was removed does not bring it back.
 * Oldest events first, so that a crash in between leaves a shorter ADW, which the next run removes.
 */
function openRemove(connection: Connection): (adw: number) => Promise<number> {
  const newest = connection.prepare('SELECT max(seq) AS seq FROM events WHERE adw = ?');
  const slice = connection.prepare(
    'SELECT max(seq) AS last, count(*) AS events FROM (SELECT seq FROM events WHERE adw = ? AND seq <= ? ORDER BY seq LIMIT ?)',
  );
  const groups = connection.prepare(
    `SELECT json_group_array(g) AS groups FROM (SELECT DISTINCT seq / ${GROUP_SEQS} AS g
     FROM events INDEXED BY events_of_adw WHERE adw = ? AND seq <= ?)`,
  );
  // A group of the index may hold events of other ADWs: it goes with the last of them.
  const fromSearch = connection.prepare(`
    DELETE FROM search WHERE rowid IN (SELECT value FROM json_each(?) WHERE NOT EXISTS (
      SELECT 1 FROM events WHERE seq >= value * ${GROUP_SEQS} AND seq < (value + 1) * ${GROUP_SEQS}))`);
  // A seq is never given twice: once the newest rows may go, the table no longer knows which was given last.
  const keepLastSeq = connection.prepare('UPDATE log SET last_seq = max(last_seq, (SELECT max(seq) FROM events))');
  const bytesOf = connection.prepare(
    'SELECT coalesce(sum(octet_length(data)), 0) AS bytes FROM events WHERE adw = ? AND seq <= ?',
  );
  const fromEvents = connection.prepare('DELETE FROM events WHERE adw = ? AND seq <= ?');
  const count = connection.prepare('UPDATE adws SET events = events - ?, bytes = max(0, bytes - ?) WHERE id = ?');
  const forgetSnapshot = connection.prepare('DELETE FROM snapshots WHERE adw = ?');
  // What is no longer kept proves nothing; the positions themselves stay.
  const forgetUnits = connection.prepare('DELETE FROM units WHERE adw = ?');

  const removeSlice = (adw: number, target: number): number => {
    const { last, events } = slice.get(adw, target, REMOVE_EVENTS_MAX) as { last: number | null; events: number };
    if (last === null) return 0;
    transaction(connection, () => {
      const { bytes } = bytesOf.get(adw, last) as { bytes: number };
      keepLastSeq.run();
      const { groups: touched } = groups.get(adw, last) as { groups: string };
      fromEvents.run(adw, last);
      fromSearch.run(touched);
      count.run(events, bytes, adw);
    });
    return events;
  };

  return async adw => {
    const { seq: target } = newest.get(adw) as { seq: number | null };
    forgetSnapshot.run(adw);
    forgetUnits.run(adw);
    if (target === null) return 0;
    let removed = 0;
    for (;;) {
      const events = removeSlice(adw, target);
      if (events === 0) return removed;
      removed += events;
      await nextTurn();
    }
  };
}
