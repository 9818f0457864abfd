import { planCall } from '../acceptance.ts';
import {
  type AppendEntry,
  type AppendEvent,
  type AppendResult,
  PositionMismatchError,
  type TailedEvent,
} from '../store.ts';
import { openBulkInsert } from './bulk-insert.ts';
import { hashOfId, STATUSES } from './columns.ts';
import { type Connection, relaxedTransaction, type SqlValue } from './connection.ts';
import type { DiskSync } from './disk-sync.ts';
import type { Settled } from './group-commit.ts';
import type { Names } from './names.ts';
import { openPositions, type PositionTable } from './positions.ts';
import type { SearchIndexer } from './search-indexer.ts';

/** What the writer shares with the rest of the store. */
export interface WriterParts {
  readonly connection: Connection;
  readonly names: Names;
  readonly adws: Names;
  readonly search: SearchIndexer;
  /** The seq of the newest durable event when the store was opened. */
  readonly lastSeq: number;
  /** ms since the Unix epoch. */
  readonly now: () => number;
}

/** A commit: an answer for each call, and what is new in the log. */
export interface Committed {
  readonly answers: readonly Settled<AppendResult>[];
  readonly events: readonly TailedEvent[];
}

/** The only one that adds events to the log. */
export interface Writer {
  /**
   * Commits the calls in one transaction; each is atomic in it. It is durable once a {@link DiskSync} that begins later has ended.
   * @throws when the transaction failed: nothing is stored
   */
  commit(calls: readonly (readonly AppendEntry[])[]): Committed;
}

/** Opens the writer of the log. */
export function openWriter(parts: WriterParts): Writer {
  const { connection, names, adws, search } = parts;
  const positions = openPositions(connection);
  const rows = openRows(parts);
  let lastSeq = parts.lastSeq;

  const commit = (calls: readonly (readonly AppendEntry[])[]): Committed => {
    const batch: TailedEvent[] = [];
    try {
      const answers = relaxedTransaction(connection, () => {
        const settled = calls.map(call => appendCall(call, { positions, adws, rows, batch, lastSeq }));
        rows.countAdws();
        rows.insert();
        return settled;
      });
      lastSeq = batch.at(-1)?.seq ?? lastSeq;
      return { answers, events: batch };
    } catch (error) {
      rows.forget();
      for (const dictionary of [names, adws]) dictionary.reload();
      search.rollBack(lastSeq);
      throw error;
    }
  };
  return { commit };
}

/** What one call of a commit works on: `batch` holds the events of the calls before it, and takes its own. */
interface CallContext {
  readonly positions: PositionTable;
  readonly adws: Names;
  readonly rows: Rows;
  readonly batch: TailedEvent[];
  readonly lastSeq: number;
}

function appendCall(entries: readonly AppendEntry[], context: CallContext): Settled<AppendResult> {
  const { adws, batch, positions, rows } = context;
  const plan = planCall(entries, {
    hasId: (adwId, eventId) => rows.hasId(adwId, eventId),
    position: unit => positions.find(adws.find(unit.adwId), unit),
    held: (unit, max) => positions.held(adws.find(unit.adwId), unit, max),
  });
  if (plan instanceof PositionMismatchError) return { ok: false, error: plan };
  const store = (event: AppendEvent) => batch.push(rows.add(event, context.lastSeq + batch.length + 1));
  entries.forEach((entry, at) => {
    if (plan.outcomes[at] === 'duplicate') return;
    if (entry.kind === 'event') rows.keepId(entry.event);
    for (const event of entry.kind === 'unit' ? entry.events : [entry.event]) store(event);
  });
  for (const { position, units } of plan.moved) positions.move(adws.give(position.adw_id), position, units);
  const lastSeq = batch.at(-1)?.seq ?? context.lastSeq;
  return { ok: true, answer: { outcomes: plan.outcomes, lastSeq, positions: plan.positions } };
}

function idKey(adwId: string, eventId: string): string {
  return `${adwId}\0${eventId}`;
}

/** The statements that put events into tables. */
interface Rows {
  /** Takes an event to be inserted with the others of its commit. */
  add(event: AppendEvent, seq: number): TailedEvent;
  /** Inserts what was added. */
  insert(): void;
  /** Drops what was added. */
  forget(): void;
  /** Whether the ADW has had an event outside a unit with this id, those to be inserted included. */
  hasId(adwId: string, eventId: string): boolean;
  /** Takes the id of an event outside a unit to be inserted with the events. */
  keepId(event: AppendEvent): void;
  /** Adds what was added to the totals of its ADWs. */
  countAdws(): void;
}

function openRows({ connection, names, adws, search, now }: WriterParts): Rows {
  const insertEvents = openBulkInsert(connection, {
    // Where a row is refused, the commit is rolled back in any case: told so, SQLite keeps no copy of each page that a
    // statement of several rows touches.
    into: 'INSERT OR ROLLBACK INTO events (seq, adw, type, role, time, duration, status, id_hash, data)',
    columns: 9,
  });
  const insertIds = openBulkInsert(connection, { into: 'INSERT OR IGNORE INTO event_ids (adw, event_id)', columns: 2 });
  const findId = connection.prepare('SELECT 1 FROM event_ids WHERE adw = ? AND event_id = ?');
  let events: SqlValue[] = [];
  let ids: SqlValue[] = [];
  /** Ids among those to be inserted that the log may be asked for: the clients'. */
  const ownIds = new Set<string>();
  const totals = new Map<number, { readonly events: number; readonly bytes: number }>();
  const count = connection.prepare(
    'UPDATE adws SET appended_at = ?, events = events + ?, bytes = bytes + ? WHERE id = ?',
  );
  return {
    add({ type, adwId, eventId, timeMs, role, durationMs, status, text, dataJson, dataBytes, data }, seq) {
      const adw = adws.give(adwId);
      const bytes = dataBytes ?? Buffer.byteLength(dataJson);
      const total = totals.get(adw) ?? { events: 0, bytes: 0 };
      totals.set(adw, { events: total.events + 1, bytes: total.bytes + bytes });
      events.push(
        seq,
        adw,
        names.give(type),
        role === undefined ? null : names.give(role),
        timeMs,
        durationMs ?? null,
        STATUSES.indexOf(status),
        hashOfId(eventId),
        dataJson,
      );
      if (text !== '') search.enqueue(seq, { adw, text });
      return { seq, type, adwId, dataJson, dataBytes, data };
    },
    insert() {
      insertEvents(events);
      insertIds(ids);
      this.forget();
    },
    forget() {
      events = [];
      ids = [];
      ownIds.clear();
      totals.clear();
    },
    hasId(adwId, eventId) {
      if (ownIds.has(idKey(adwId, eventId))) return true;
      const adw = adws.find(adwId);
      return adw !== undefined && findId.get(adw, eventId) !== undefined;
    },
    keepId({ adwId, eventId, isIdNew }) {
      ids.push(adws.give(adwId), eventId);
      if (!isIdNew) ownIds.add(idKey(adwId, eventId));
    },
    countAdws() {
      for (const [adw, total] of totals) count.run(now(), total.events, total.bytes, adw);
    },
  };
}
