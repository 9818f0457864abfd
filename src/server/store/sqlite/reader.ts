import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventType } from '../../../event/schema.ts';
import type { EventIndex, ReadQuery, StoredEvent } from '../store.ts';
import { hashOfId, STATUSES } from './columns.ts';
import type { Connection, SqlValue, Statement } from './connection.ts';
import type { Names } from './names.ts';
import { expressionOf, openWaitingTexts, type WaitingWanted } from './search-waiting.ts';
import { openSearchWords } from './search-words.ts';

/** Seqs that one step of a filtered read looks through. Bounds how long a search for something rare blocks the process. */
const WINDOW_SEQS = 20_000;
/** The same for texts that wait to be indexed, each of which is looked at. */
const WAITING_WINDOW_SEQS = 2_000;

/** What the reader shares with the rest of the store. */
export interface ReaderParts {
  readonly connection: Connection;
  readonly names: Names;
  readonly adws: Names;
  /** The seqs that exist: after `first`, up to `last`. */
  readonly bounds: () => { readonly first: number; readonly last: number };
}

/** Reads of events. */
export interface Reader {
  read(query: ReadQuery): Promise<StoredEvent[]>;
  readById(adwId: string, eventId: string): StoredEvent | undefined;
  index(adwId: string): EventIndex;
  adwIds(): string[];
}

interface EventRow {
  readonly seq: number;
  readonly type: number;
  readonly adw: number;
  readonly data: string;
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
  readonly where: readonly string[];
  readonly values: readonly SqlValue[];
  /** Whether rows are looked at that may not belong: then the read goes window by window. */
  readonly filtered: boolean;
  /** The words to find, for a search. */
  readonly wanted: WaitingWanted | undefined;
}

function openRead(parts: ReaderParts): (query: ReadQuery) => Promise<StoredEvent[]> {
  const { connection, bounds } = parts;
  const statements = new Map<string, Statement>();
  const wordsOf = openSearchWords(connection);
  const waiting = openWaitingTexts(connection);
  const toEvent = eventOf(parts);

  const prepare = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return async query => {
    const resolved = resolve(query, parts, wordsOf);
    if (resolved === undefined) return [];
    const { wanted, values } = resolved;
    const descending = query.order === 'desc';
    const { first, last } = bounds();
    let after = Math.max(query.after ?? first, first);
    let before = Math.min(query.before ?? last + 1, last + 1);
    const found: StoredEvent[] = [];
    while (before - after > 1 && found.length < query.limit) {
      // Asked at each step: in between, texts may have moved from the queue into the index.
      const firstWaiting = wanted === undefined ? Number.POSITIVE_INFINITY : waiting.first();
      const step = stepOf({ after, before }, { descending, filtered: resolved.filtered, firstWaiting });
      const table = wanted && (step.waits ? 'waiting' : 'search');
      const statement = prepare(sqlOf(resolved, { descending, table }));
      const read = () => statement.all(step.from, step.to, ...values, query.limit - found.length) as EventRow[];
      for (const row of wanted && step.waits ? waiting.during(step, wanted, read) : read()) found.push(toEvent(row));
      if (descending) before = step.from + 1;
      else after = step.to - 1;
      if (before - after > 1 && found.length < query.limit) await nextTurn();
    }
    return found;
  };
}

/** The seqs after `from` and before `to`; `waits` where their texts are in the queue and not in the index. */
interface Step {
  readonly from: number;
  readonly to: number;
  readonly waits: boolean;
}

/** The next seqs of a read, from one end: never more than a window, and never some that wait with some that do not. */
function stepOf(
  { after, before }: { readonly after: number; readonly before: number },
  options: { readonly descending: boolean; readonly filtered: boolean; readonly firstWaiting: number },
): Step {
  const { descending, filtered, firstWaiting } = options;
  const waits = descending ? before > firstWaiting : after + 1 >= firstWaiting;
  const window = waits ? WAITING_WINDOW_SEQS : filtered ? WINDOW_SEQS : before - after;
  return descending
    ? { from: Math.max(after, before - window - 1, waits ? firstWaiting - 1 : after), to: before, waits }
    : { from: after, to: Math.min(before, after + window + 1, waits ? before : firstWaiting), waits };
}

/** Undefined when nothing can match: a name that the log has never seen, or a search without a word. */
function resolve(query: ReadQuery, parts: ReaderParts, wordsOf: (q: string) => string[]): Resolved | undefined {
  const where: string[] = [];
  const values: SqlValue[] = [];
  let wanted: WaitingWanted | undefined;
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
  if (query.q !== undefined) {
    const words = wordsOf(query.q);
    if (words.length === 0) return undefined;
    wanted = { words, adw };
    values.push(expressionOf(wanted));
  }
  return { where, values, filtered: query.types !== undefined || query.role !== undefined, wanted };
}

/** @param table where the words are looked for, in a search */
function sqlOf(
  { where }: Resolved,
  { descending, table }: { readonly descending: boolean; readonly table: 'search' | 'waiting' | undefined },
): string {
  // CROSS JOIN keeps the full-text index in the lead: it yields rowids in order, so LIMIT ends the work early.
  const [seq, from] =
    table === undefined
      ? ['e.seq', 'events e']
      : [`${table}.rowid`, `${table} CROSS JOIN events e ON e.seq = ${table}.rowid`];
  return `SELECT e.seq, e.type, e.adw, e.data FROM ${from}
    WHERE ${[`${seq} > ?`, `${seq} < ?`, ...where, ...(table === undefined ? [] : [`${table} MATCH ?`])].join(' AND ')}
    ORDER BY ${seq} ${descending ? 'DESC' : 'ASC'} LIMIT ?`;
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
