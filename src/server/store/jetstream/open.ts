import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { sleep, systemClock } from '../../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../../base/errors.ts';
import type { Store, StoredEvent } from '../store.ts';
import { DigestMismatch } from '../store.ts';
import { fileKey } from './adw-index.ts';
import { Artifacts } from './artifacts.ts';
import { watchBeginning } from './beginning.ts';
import type { Commit } from './commit.ts';
import { connectNats } from './connect.ts';
import { epochOf, noteCut } from './epoch.ts';
import { storeError } from './failure.ts';
import { watchHealth } from './health.ts';
import { IndexCache } from './index-cache.ts';
import { leasesIn } from './leases.ts';
import { tailLog } from './log-tailer.ts';
import { Messages } from './messages.ts';
import {
  APPEND_TIMEOUT_MS,
  CONSUMER_TIMEOUT_MS,
  type JetStreamOptions,
  REQUEST_TIMEOUT_MS,
  STREAM_DEFAULT,
} from './options.ts';
import { Publisher } from './publish.ts';
import { eventAt, readEvents } from './query.ts';
import { openRecords, recordsIn } from './records.ts';
import { Registry } from './registry.ts';
import { removeOld } from './retention.ts';
import { Snapshots } from './snapshots.ts';
import { ensureStream } from './stream.ts';
import { type Subjects, subjectsOf } from './subject.ts';
import { Writer } from './writer.ts';

/** ms that a cluster which forms, or elects a leader, is waited for. */
const OPENING_MS_MAX = 30_000;
const OPENING_RETRY_MS = 250;
/** ms that reading the snapshots may take: they save time, and cost it while their bucket has no leader. */
const SNAPSHOTS_MS_MAX = 15_000;

/**
 * Opens the log in JetStream, and makes it when it is not there. The node keeps nothing on its own disk.
 * @throws AdwStreamError `invalid_option` for a stream that is not ours, `store_unavailable` without a broker
 */
export async function openJetStreamStore(options: JetStreamOptions): Promise<Store> {
  const connection = await connectNats(options);
  const giveUpAt = Date.now() + OPENING_MS_MAX;
  for (;;) {
    try {
      return await openOn(connection, options);
    } catch (error) {
      const reason = storeError(error, 'open the log');
      const passes = reason.code === 'store_unavailable' && !(error instanceof errors.PermissionViolationError);
      if (!passes || Date.now() >= giveUpAt) {
        await connection.close();
        throw reason;
      }
      await sleep(OPENING_RETRY_MS);
    }
  }
}

async function openOn(connection: NatsConnection, options: JetStreamOptions): Promise<Store> {
  const { stream = STREAM_DEFAULT, log, replicas, appendTimeoutMs = APPEND_TIMEOUT_MS, clock = systemClock } = options;
  const js = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
  const jsm = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
  const subjects = subjectsOf(stream);
  const [kv, objm] = [new Kvm(js), new Objm(js)];
  const makeBuckets = async (copies: { readonly replicas: number }): Promise<void> => {
    await kv.create(`${stream}-snapshots`, copies);
    await kv.create(`${stream}-paths`, copies);
    await objm.create(`${stream}-artifacts`, copies);
  };
  const version = connection.info?.version ?? '';
  const info = await ensureStream(jsm, { name: stream, subjects, replicas, version, makeBuckets });
  const maxPayload = () => connection.info?.max_payload ?? 2 ** 20;
  const artifacts = new Artifacts({
    entries: await kv.open(`${stream}-paths`),
    objects: await objm.open(`${stream}-artifacts`, false),
    js,
  });

  const bucket = await openRecords(kv, { stream, replicas: info.config.num_replicas });
  const records = recordsIn(bucket);
  const leases = leasesIn(bucket);
  const epoch = await epochOf(info, bucket);
  const snapshots = new Snapshots(await kv.open(`${stream}-snapshots`), { bytesMax: maxPayload, epoch });

  const registry = new Registry();
  const impatient = { timeout: CONSUMER_TIMEOUT_MS, checkAPI: false } as const;
  const consumers = await jetstreamManager(connection, impatient);
  const messages = new Messages({ jsm, consumers, stream, subjects });
  const since = await readHeads(registry, { messages, subjects });
  const indexes = new IndexCache({ messages, subjects, registry });
  const isCut = watchBeginning({ jsm, messages, stream, subjects, registry });
  await isCut(info);
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  const health = watchHealth({
    ...{ connection, jsm, stream, epoch, log },
    epochOf: async now => {
      if (await isCut(now)) await noteCut(now, bucket);
      return epochOf(now, bucket);
    },
    onReconnect: () => tailer.resume(),
    onLost: options.onLost ?? (() => undefined),
  });

  const catchUp = async (adwId: string): Promise<number> => {
    const head = await messages.headOf(adwId);
    tailer.expect(head);
    await tailer.reached(head, appendTimeoutMs);
    return head;
  };
  const stored = (number: number) => tailer.expect(number);
  const isLost = () => health.isLost;
  const publisher = new Publisher({ js, subjects, maxPayload, catchUp, stored, isLost, report: health.wrote });
  const lastSeq = () => registry.lastSeq;
  const writer = new Writer({ indexes, publisher, catchUp, lastSeq, isLost, appendTimeoutMs });
  // The one place where a commit becomes visible on this node: to reads, then to tails, then to the caller that appended it.
  const onCommit = (commit: Commit): void => {
    const counts = registry.apply(commit);
    indexes.apply(commit);
    if (counts) {
      messages.keep(commit);
      if (commit.events.length > 0) for (const listener of listeners) tell(listener, commit.events);
    }
    publisher.seen(commit, counts);
  };
  const tell = (listener: (events: readonly StoredEvent[]) => void, events: readonly StoredEvent[]): void => {
    try {
      listener(events);
    } catch (error) {
      log.report('log_reader_failed', { error: messageOf(error) });
    }
  };
  const tailer = tailLog({
    js: consumers.jetstream(),
    messages,
    stream,
    subject: subjects.commits,
    after: since,
    onCommit,
    report: health.report,
    log,
  });

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await writer.idle();
    await tailer.close();
    health.close();
    await connection.close();
  };
  /** Does `work` with an error of the catalogue for whatever NATS says. */
  const ask = async <Result>(doing: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DigestMismatch) throw error;
      throw storeError(error, doing);
    }
  };

  return {
    kind: 'jetstream',
    isShared: true,
    epoch,
    get lastSeq() {
      return registry.lastSeq;
    },
    get firstSeq() {
      return registry.firstSeq;
    },
    append: async entries => {
      if (closed !== undefined) throw new AdwStreamError('store_unavailable', 'The store is closed.');
      const isLate = health.since !== undefined && Date.now() - health.since > appendTimeoutMs;
      if (health.isLost || (isLate && !health.isFull)) {
        throw new AdwStreamError('store_unavailable', `JetStream is not available: ${health.reason}`);
      }
      if (entries.length === 0) return { outcomes: [], lastSeq: registry.lastSeq, positions: [] };
      return writer.append(entries);
    },
    read: query => ask('read the log', () => readEvents(query, { messages, indexes, registry, subjects, since })),
    readById: (adwId, eventId) =>
      ask('read an event', async () => {
        if (registry.get(adwId) === undefined) return undefined;
        const seq = (await indexes.open(adwId)).ids.get(eventId);
        return seq === undefined ? undefined : eventAt(seq, messages);
      }),
    tail: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    adwIds: async () => registry.kept().map(({ adwId }) => adwId),
    positions: adwId =>
      ask('read the positions', async () => {
        // A sidecar may come from another node, whose commits this one has not followed yet.
        await catchUp(adwId);
        return registry.get(adwId) === undefined ? [] : [...(await indexes.open(adwId)).positions.values()];
      }),
    heldUnits: (adwId, file) =>
      ask('read the held ranges', async () => {
        await catchUp(adwId);
        return registry.get(adwId) === undefined ? [] : ((await indexes.open(adwId)).units.get(fileKey(file)) ?? []);
      }),
    index: adwId =>
      ask('read the index', async () => {
        const { seq, t, type, role, duration, status } = (await indexes.open(adwId)).columns;
        return {
          seq: [...seq],
          t: [...t],
          type: [...type],
          role: [...role],
          duration: [...duration],
          status: [...status],
        };
      }),
    putArtifact: artifact => ask('store an artifact', () => artifacts.put(artifact)),
    getArtifact: (adwId, path, sha256) => ask('read an artifact', () => artifacts.get(adwId, path, sha256)),
    listArtifacts: adwId => ask('list artifacts', () => artifacts.list(adwId)),
    saveSnapshot: snapshot => ask('save a snapshot', () => snapshots.save(snapshot)),
    snapshots: async () => {
      const settled = new AbortController();
      const late = sleep(SNAPSHOTS_MS_MAX, settled.signal).then(() => Promise.reject(new Error('no answer')));
      return (
        Promise.race([snapshots.all(), late])
          .catch((error: unknown) => {
            log.report('snapshots_unread', { error: messageOf(error) });
            return [];
          })
          // A server that is stopped soon after it started would wait for that time.
          .finally(() => settled.abort())
      );
    },
    records: {
      put: (kind, key, value) => ask('keep a record', () => records.put(kind, key, value)),
      replace: (kind, key, was, value) => ask('replace a record', () => records.replace(kind, key, was, value)),
      get: (kind, key) => ask('read a record', () => records.get(kind, key)),
      all: kind => ask('read records', () => records.all(kind)),
      remove: (kind, key) => ask('remove a record', () => records.remove(kind, key)),
    },
    leases: {
      take: name => ask('take a lease', () => leases.take(name)),
      giveBack: name => ask('give a lease back', () => leases.giveBack(name)),
    },
    retain: (policy, running) =>
      ask('remove what is old', () => {
        const parts = { jsm, stream, subjects, registry, indexes, writer, publisher, artifacts, snapshots };
        return removeOld(policy, running, { ...parts, appendTimeoutMs, now: () => clock.now() });
      }),
    health: () => {
      const { reason } = health;
      const state = { bytes: registry.bytes, pending: writer.pending };
      return reason === undefined ? { status: 'ok', ...state } : { status: 'degraded', reason, ...state };
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** Heads that are checked at once. */
const HEADS_AT_ONCE = 64;

/**
 * Takes in where every ADW stands. @returns the number of the newest commit that was taken in: what comes after it has to
 * be followed, whatever the replica that was asked lacks
 */
async function readHeads(registry: Registry, { messages, subjects }: { messages: Messages; subjects: Subjects }) {
  const heads = await messages.heads();
  for (let at = 0; at < heads.length; at += HEADS_AT_ONCE) {
    await Promise.all(
      heads.slice(at, at + HEADS_AT_ONCE).map(async head => {
        if (await messages.counts(head)) return void registry.apply(head);
        const scan = { subject: subjects.commitsOf(head.adwId), from: 1, upTo: head.number };
        for await (const commit of messages.scan(scan)) {
          if (commit.number > head.number) break;
          registry.apply(commit);
        }
      }),
    );
  }
  return heads.reduce((newest, { number }) => Math.max(newest, number), 0);
}
