import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventType } from '../../../event/types.ts';
import { wordsOf } from '../../../event/words.ts';
import type { EventIndex, ReadQuery, StoredEvent } from '../store.ts';
import { hashOfId, STATUSES } from './columns.ts';
import type { Connection, SqlValue, Statement } from './connection.ts';
import type { Names } from './names.ts';
import { type EventRow, openSearchReader } from './search-reader.ts';

/** Seqs that one step of a filtered read goes through. Bounds how long a search for something rare blocks the process. */
const WINDOW_SEQS = 20_000;

/** What the reader shares with the rest of the store. */
export interface ReaderParts {
  readonly connection: Connection;
  readonly names: Names;
  readonly adws: Names;
  /** The seqs that exist: after `first`, up to `last`. */
  readonly bounds: () => { readonly first: number; readonly last: number };
  /** The seq up to which events are in the full-text index. */
  readonly indexedTo: () => number;
}

/** Reads of events. */
export interface Reader {
  read(query: ReadQuery): Promise<StoredEvent[]>;
  readById(adwId: string, eventId: string): StoredEvent | undefined;
  index(adwId: string): EventIndex;
  adwIds(): string[];
}

/** Opens the reader of the log. */
export function openReader(parts: ReaderParts): Reader {
  const { connection, adws } = parts;
  const ids = connection.prepare('SELECT adw_id FROM adws WHERE events > 0 ORDER BY id');
  const byHash = connection.prepare(
    'SELECT seq, type, adw, data FROM events WHERE adw = ? AND id_hash = ? ORDER BY seq',
  );
  const toEvent = eventOf(parts);
  return {
    read: openRead(parts),
    readById(adwId, eventId) {
      const adw = adws.find(adwId);
      if (adw === undefined) return undefined;
      const rows = byHash.all(adw, hashOfId(eventId)) as EventRow[];
      const row = rows.find(({ data }) => (JSON.parse(data) as { event_id?: unknown }).event_id === eventId);
      return row && toEvent(row);
    },
    index: openIndex(parts),
    adwIds: () => (ids.all() as { adw_id: string }[]).map(row => row.adw_id),
  };
}

function eventOf({ names, adws }: ReaderParts): (row: EventRow) => StoredEvent {
  return ({ seq, type, adw, data }) => ({
    seq,
    type: names.of(type) as EventType,
    adwId: adws.of(adw),
    dataJson: data,
  });
}

/** A query in the numbers of the database. */
interface Resolved {
  readonly adw: number | undefined;
  /** Conditions on events `e`, and their values. */
  readonly where: readonly string[];
  readonly values: readonly SqlValue[];
  /** Whether rows are read that may not match: then the read goes window by window. */
  readonly filtered: boolean;
  /** The words to find, for a search. */
  readonly words: readonly string[] | undefined;
}

function openRead(parts: ReaderParts): (query: ReadQuery) => Promise<StoredEvent[]> {
  const { connection, bounds } = parts;
  const statements = new Map<string, Statement>();
  const toEvent = eventOf(parts);

  const prepare = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const search = openSearchReader({ ...parts, prepare });

  return async query => {
    const resolved = resolve(query, parts);
    if (resolved === undefined) return [];
    const { words, values } = resolved;
    const { limit, charsMax = Number.POSITIVE_INFINITY, signal, onCut } = query;
    const descending = query.order === 'desc';
    const { first, last } = bounds();
    let after = Math.max(query.after ?? first, first);
    let before = Math.min(query.before ?? last + 1, last + 1);
    if (words !== undefined) {
      return (await search({ ...resolved, words, after, before, descending, limit, charsMax, signal, onCut })).map(
        toEvent,
      );
    }
    const take = openTake(prepare, resolved, descending);
    const found: StoredEvent[] = [];
    let chars = 0;
    const isFull = () => found.length >= limit || chars >= charsMax;
    while (before - after > 1 && !isFull() && !signal?.aborted) {
      const window = resolved.filtered ? WINDOW_SEQS : before - after;
      const from = descending ? Math.max(after, before - window - 1) : after;
      const to = descending ? before : Math.min(before, after + window + 1);
      for (const row of take([from, to, ...values, limit - found.length], charsMax - chars)) {
        found.push(toEvent(row));
        chars += row.data.length;
      }
      if (descending) before = from + 1;
      else after = to - 1;
      if (before - after > 1 && !isFull()) await nextTurn();
    }
    return found;
  };
}

/** Undefined when nothing can match: a name that the log has never seen, or a search without a word. */
function resolve(query: ReadQuery, parts: ReaderParts): Resolved | undefined {
  const where: string[] = [];
  const values: SqlValue[] = [];
  const adw = query.adwId === undefined ? undefined : parts.adws.find(query.adwId);
  if (query.adwId !== undefined) {
    if (adw === undefined) return undefined;
    where.push('e.adw = ?');
    values.push(adw);
  }
  if (query.types !== undefined) {
    const types = query.types.map(type => parts.names.find(type)).filter(id => id !== undefined);
    if (types.length === 0) return undefined;
    where.push('e.type IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(types));
  }
  if (query.role !== undefined) {
    const role = parts.names.find(query.role);
    if (role === undefined) return undefined;
    where.push('e.role = ?');
    values.push(role);
  }
  const words = query.q === undefined ? undefined : wordsOf(query.q, query.asTyped);
  if (words?.length === 0) return undefined;
  return { adw, where, values, filtered: query.types !== undefined || query.role !== undefined, words };
}

/**
 * Opens the reading of rows: one after the other, up to the one with which they weigh too much; all at once, which is quicker,
 * where it is cheap to see that they do not.
 */
function openTake(prepare: (sql: string) => Statement, resolved: Resolved, descending: boolean) {
  const rows = prepare(sqlOf('e.seq, e.type, e.adw, e.data', resolved, descending));
  const weight = prepare(
    `SELECT sum(bytes) AS bytes FROM (${sqlOf('octet_length(e.data) AS bytes', resolved, descending)})`,
  );
  return (parameters: readonly SqlValue[], charsMax: number): EventRow[] => {
    // To weigh what a filter finds takes as long as to find it.
    const weigh = () =>
      resolved.filtered ? Number.POSITIVE_INFINITY : (weight.get(...parameters) as { bytes: number }).bytes;
    if (charsMax === Number.POSITIVE_INFINITY || weigh() <= charsMax) return rows.all(...parameters) as EventRow[];
    const taken: EventRow[] = [];
    let chars = 0;
    for (const row of rows.iterate(...parameters) as Iterable<EventRow>) {
      taken.push(row);
      chars += row.data.length;
      if (chars >= charsMax) break;
    }
    return taken;
  };
}

function sqlOf(columns: string, { where }: Resolved, descending: boolean): string {
  return `SELECT ${columns} FROM events e
    WHERE ${['e.seq > ?', 'e.seq < ?', ...where].join(' AND ')}
    ORDER BY e.seq ${descending ? 'DESC' : 'ASC'} LIMIT ?`;
}

/** Columns come out of SQLite as JSON: five times as fast as 50,000 row objects. */
function openIndex({ connection, names, adws }: ReaderParts): (adwId: string) => EventIndex {
  const columns = connection.prepare(`
    SELECT json_group_array(seq) AS seq, json_group_array(time) AS t, json_group_array(type) AS type,
      json_group_array(role) AS role, json_group_array(duration) AS duration, json_group_array(status) AS status
    FROM (SELECT seq, time, type, role, duration, status FROM events INDEXED BY events_of_adw WHERE adw = ? ORDER BY seq)`);
  return adwId => {
    const row = columns.get(adws.find(adwId) ?? null) as Record<keyof EventIndex, string>;
    const parse = <Value>(column: keyof EventIndex) => JSON.parse(row[column]) as Value[];
    return {
      seq: parse<number>('seq'),
      t: parse<number>('t'),
      type: parse<number>('type').map(id => names.of(id)),
      role: parse<number | null>('role').map(id => (id === null ? null : names.of(id))),
      duration: parse<number | null>('duration'),
      status: parse<number>('status').map(status => STATUSES[status] ?? ''),
    };
  };
}
