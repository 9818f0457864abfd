import { statSync } from 'node:fs';
import type { Clock } from '../../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import type { AppendEntry, AppendResult, Store } from '../store.ts';
import { openArtifacts } from './artifacts.ts';
import { openBounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import { fileOf } from './continuity.ts';
import type { DataDir } from './data-dir.ts';
import { openDiskSync } from './disk-sync.ts';
import { giveBack } from './give-back.ts';
import { groupCommit } from './group-commit.ts';
import { openHealth } from './health.ts';
import { openAdwNames, openNames } from './names.ts';
import { openPositions } from './positions.ts';
import { openPresence } from './presence.ts';
import { openProbe } from './probe.ts';
import { openReader } from './reader.ts';
import { openRecords } from './records.ts';
import { openRetention } from './retention.ts';
import { openSearchIndexer } from './search-indexer.ts';
import { openSnapshots } from './snapshots.ts';
import { openTails } from './tails.ts';
import { openWriter } from './writer.ts';

/** What a store is made of beside its connection. */
export interface StoreSurroundings {
  readonly directory: DataDir;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Joins the tables of an open, migrated database to a store. Closing the store closes the connection. */
export function assembleStore(connection: Connection, { directory, log, clock }: StoreSurroundings): Store {
  const now = () => clock.now();
  const names = openNames(connection);
  const adws = openAdwNames(connection);
  const bounds = openBounds(connection);
  const search = openSearchIndexer({ connection, names, lastSeq: bounds.last(), log });
  const writer = openWriter({ connection, names, adws, search, lastSeq: bounds.last(), now });
  const reader = openReader({
    connection,
    names,
    adws,
    bounds: () => ({ first, last }),
    indexedTo: () => search.indexedTo,
  });
  const positions = openPositions(connection);
  const artifacts = openArtifacts(directory.artifactsDir, { connection, adws, log });
  const snapshots = openSnapshots(connection, adws);
  const retain = openRetention(connection, artifacts);
  const tails = openTails(log);
  const presence = openPresence(directory.logFile, damage => {
    // SQLite still has it open: what was acknowledged goes into the database, before the process ends and takes it along.
    if (damage === 'wal_removed') checkpoint('FULL');
  });
  connection.checkFiles = presence.check;
  const probe = openProbe(connection, artifacts);
  const health = openHealth({
    log,
    probe: async () => {
      presence.check();
      await probe();
    },
  });
  const disk = openDiskSync(connection, directory.logFile);
  const sync = () =>
    health.guardSync(async () => {
      await disk.sync();
      presence.check();
    });
  const group = groupCommit<readonly AppendEntry[], AppendResult>({ commit, sync, sizeOf });
  // What readers see: the durable part of the log.
  let first = bounds.first();
  let last = bounds.last();
  let closed = false;

  function commit(calls: readonly (readonly AppendEntry[])[]) {
    const { answers, events } = health.guard(() => writer.commit(calls));
    const publish = () => {
      last = events.at(-1)?.seq ?? last;
      noteHead();
      if (events.length > 0) tails.emit(events);
      search.committed(last);
    };
    return { answers, publish };
  }
  /** What was read outside of the bounds may be of a commit that is not durable yet: it is told once that is. */
  async function durably<Result>(result: Result): Promise<Result> {
    await group.durable();
    return result;
  }

  const noteHead = () => directory.head.write({ ...origin, lastSeq: last });
  const origin = {
    epoch: bounds.epoch,
    ...fileOf(directory.logFile),
    lockInode: directory.lockInode,
  };
  noteHead();

  const checkpoint = (mode: 'FULL' | 'TRUNCATE') => {
    try {
      connection.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      log.report('wal_left', { error: messageOf(error) });
    }
  };
  const check = () => {
    try {
      health.guard(() => presence.check());
    } catch {}
  };
  const close = () => {
    search.stop();
    disk.close();
    check();
    // What SQLite remembers of a file that was cut no longer fits to it: moving that into the database would spoil it.
    if (presence.damage === 'cut') return directory.release();
    checkpoint('TRUNCATE');
    connection.close();
    presence.close();
    directory.release();
  };

  return {
    kind: 'sqlite',
    isShared: false,
    epoch: bounds.epoch,
    get lastSeq() {
      return last;
    },
    get firstSeq() {
      return first;
    },
    async append(entries) {
      if (closed) throw new AdwStreamError('store_unavailable', 'The log is closed.');
      if (entries.length === 0) return { outcomes: [], lastSeq: last, positions: [] };
      return group.submit(entries);
    },
    read: query => reader.read(query),
    readById: async (adwId, eventId) => durably(reader.readById(adwId, eventId)),
    tail: listener => tails.add(listener),
    adwIds: async () => durably(reader.adwIds()),
    positions: async adwId => durably(positions.all(adws.find(adwId))),
    heldUnits: async (adwId, file) =>
      durably(positions.held(adws.find(adwId), { ...file, offset: 0 }, Number.MAX_SAFE_INTEGER)),
    index: async adwId => durably(reader.index(adwId)),
    putArtifact: artifact => health.guardAsync(() => artifacts.put(artifact)),
    getArtifact: (adwId, path, sha256) => artifacts.get(adwId, path, sha256),
    listArtifacts: async adwId => artifacts.list(adwId),
    saveSnapshot: async snapshot => health.guard(() => snapshots.save(snapshot)),
    snapshots: async () => snapshots.all(),
    records: openRecords(connection),
    // One process holds the data directory, for as long as the store is open.
    leases: { take: async () => true, giveBack: async () => undefined },
    async retain(policy, running) {
      const removed = await retain(policy, { running, now: now() });
      first = bounds.first();
      if (removed > 0) await giveBack(connection);
      return removed;
    },
    health() {
      check();
      const bytes = databaseBytes(directory.logFile) + artifacts.bytes;
      return { ...health.status(), bytes, pending: group.pending };
    },
    async close() {
      if (closed) return;
      closed = true;
      await group.drain();
      await health.stop();
      close();
    },
  };
}

/** Events of a call. */
function sizeOf(entries: readonly AppendEntry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'unit' ? entry.events.length : 1), 0);
}

/** Bytes of the database and its write-ahead log. */
function databaseBytes(logFile: string): number {
  return [logFile, `${logFile}-wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
