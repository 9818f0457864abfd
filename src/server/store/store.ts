import type { Readable } from 'node:stream';
import { PAGE_CHARS_MAX, PAGE_EVENTS_MAX } from '../../event/limits.ts';
import type { Position } from '../../event/position.ts';
import type { EventType } from '../../event/types.ts';

/**
 * The contract of a store: a durable, ordered, deduplicating log of events with positions and artifacts. SQLite and
 * JetStream implement it; `test/server/store/contract.ts` runs the same tests on both.
 *
 * - `append` resolves after the entries are durable: a kill -9 right after it loses nothing. One call is atomic; of one
 *   that spans several ADWs, a store of several machines may keep a beginning when it dies in the middle.
 * - A *unit* (a raw chunk with its typed events) moves the position of its file generation in the same commit. It is
 *   accepted when it begins at the position (0 where the generation is unknown), a duplicate when the log holds its very
 *   bytes (`acceptance.ts` decides), and anything else refuses the whole call with {@link PositionMismatchError}; then
 *   nothing of the call is stored.
 * - An event outside a unit is a duplicate when its ADW has had an event outside a unit with its `event_id`, also one that
 *   retention removed. Events of a unit need no such memory: their position says it for all of them.
 * - Duplicates are counted, not stored, and not handed to tails.
 * - `seq` is strictly increasing in commit order. `epoch` names the log; it stays over restarts and changes when the log
 *   is started anew.
 *   It may leave gaps, and never gives a seq twice, also after retention removed the newest.
 * - Readers never see an event before it is durable, and never see seq n + 1 before they can see seq n.
 */
export interface Store {
  /** What `/health` calls it. */
  readonly kind: 'sqlite' | 'jetstream';
  /** Whether other servers may write to it meanwhile: then a client may have read beyond what this one knows. */
  readonly isShared: boolean;
  /** Opaque id of the log: another epoch means that seqs start anew. */
  readonly epoch: string;
  /** The seq of the newest durable event; 0 for an empty log. */
  readonly lastSeq: number;
  /** The oldest seq that is still kept, minus one: what a cursor may not lie before after retention. */
  readonly firstSeq: number;

  /** Stores entries, in order. @throws PositionMismatchError, AdwStreamError storage_full / store_unavailable */
  append(entries: readonly AppendEntry[]): Promise<AppendResult>;

  /** A page of events in seq order (descending with `order: 'desc'`, still each exactly once). */
  read(query: ReadQuery): Promise<StoredEvent[]>;
  /** One event by its `event_id`, or undefined. */
  readById(adwId: string, eventId: string): Promise<StoredEvent | undefined>;
  /** Calls `listener` with each committed batch, in order, from the next commit on. Returns a function that stops it. */
  tail(listener: (events: readonly TailedEvent[]) => void): () => void;

  /** Ids of all ADWs in the log, oldest first. */
  adwIds(): Promise<string[]>;
  positions(adwId: string): Promise<Position[]>;
  /** The units that the log holds of a file generation, in order: what proves that a file is the one that it holds. */
  heldUnits(adwId: string, file: FileGeneration): Promise<readonly HeldUnit[]>;
  /** The columns of a whole ADW, so that 50,000 events can be drawn without their bodies. */
  index(adwId: string): Promise<EventIndex>;

  /**
   * Stores bytes, durable before the answer, under a path, which keeps every version it had; what was put last is its
   * newest, also when those bytes were there before. Answers whether these bytes were new under it.
   * @throws DigestMismatch when the bytes are not what their sha-256 says
   */
  putArtifact(artifact: ArtifactUpload): Promise<'created' | 'exists'>;
  /** The newest version under a path, or the one with that sha-256. */
  getArtifact(adwId: string, path: string, sha256?: string): Promise<StoredArtifact | undefined>;
  listArtifacts(adwId: string): Promise<ArtifactInfo[]>;

  /** Keeps a fold's state for a quick start; one per ADW, the newest wins. Losing one costs time, not truth. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  snapshots(): Promise<Snapshot[]>;

  /** What is remembered beside the log. */
  readonly records: RecordStore;
  /** Which server of the log does a job that only one may do; `server/lease.ts` does a job by it. */
  readonly leases: LeaseStore;

  /**
   * Removes ADWs that retention no longer keeps, each with its events, artifacts and snapshot, the longest silent first;
   * never touches one in `running`. Positions and ids of events outside units stay, so that a replay does not bring back
   * what was removed. Answers how many events went.
   */
  retain(policy: RetentionPolicy, running: ReadonlySet<string>): Promise<number>;

  health(): StoreHealth;
  close(): Promise<void>;
}

/**
 * What records are kept of: logins of browsers, cards of the reference's board, alarms on their way, how far traces were
 * sent. Another kind is a word here and nothing else: stores take any, and `store copy` takes all of these along.
 */
export const RECORD_KINDS = ['login', 'card', 'alarm', 'otlp'] as const;

/** One of {@link RECORD_KINDS}. */
export type RecordKind = (typeof RECORD_KINDS)[number];

/** A record with its key. `value` is JSON, as it was put. */
export interface KeptRecord {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Small records beside the log, by kind and key (1 to 80 letters, digits, `-`, `_`, `.`). `put` and `remove` resolve once
 * what they did is durable and known to every server of the log. Retention does not touch them.
 */
export interface RecordStore {
  put(kind: RecordKind, key: string, value: unknown): Promise<void>;
  /**
   * Puts `value` where the record is `was`, as it was read or put, and answers whether it did; there has to be one. So what
   * a server writes late, believing that it still has a lease, takes nothing back.
   */
  replace(kind: RecordKind, key: string, was: unknown, value: unknown): Promise<boolean>;
  get(kind: RecordKind, key: string): Promise<unknown>;
  all(kind: RecordKind): Promise<KeptRecord[]>;
  remove(kind: RecordKind, key: string): Promise<void>;
}

/** Jobs that one server of a log does at a time. */
export const LEASE_NAMES = ['otlp', 'alarms'] as const;

/** One of {@link LEASE_NAMES}. */
export type LeaseName = (typeof LEASE_NAMES)[number];

/** ms that a lease lasts from when it was asked for, unless it is taken again before. */
export const LEASE_MS = 9_000;

/**
 * Leases over jobs, for all servers of one log. Where only one server can have the log (SQLite), it has every lease.
 * A server that is stopped for longer than a lease lasts, and goes on in the middle of its work, does not know yet that it
 * lost it: what must not happen twice is written by {@link RecordStore.replace}, too.
 */
export interface LeaseStore {
  /**
   * Takes a lease or renews it: true when this server has it for {@link LEASE_MS} from when it was asked; false when
   * another one has it, or had it so lately that it may believe so. @throws AdwStreamError store_unavailable: not known
   */
  take(name: LeaseName): Promise<boolean>;
  /** Gives a lease back, if it is this server's: the next that asks gets it at once. */
  giveBack(name: LeaseName): Promise<void>;
}

/** What `append` takes. */
export type AppendEntry =
  | { readonly kind: 'unit'; readonly unit: AppendUnit; readonly events: readonly AppendEvent[] }
  | { readonly kind: 'event'; readonly event: AppendEvent };

/** An event ready to be stored. `dataJson` is its `data`, serialized once, with `adw_id`, `event_id`, `timestamp` set. */
export interface AppendEvent {
  readonly type: EventType;
  readonly adwId: string;
  readonly eventId: string;
  /** Whether the id was made for this event just now: then nothing else can have it, and the store need not look for it. */
  readonly isIdNew?: boolean;
  /** ms since the Unix epoch, from its timestamp. */
  readonly timeMs: number;
  readonly role: string | undefined;
  /** Duration of a tool call or session, ms. */
  readonly durationMs: number | undefined;
  /** `ok`, `error`, or empty where the type has no outcome. */
  readonly status: '' | 'ok' | 'error';
  /** What full-text search finds it by; empty for raw chunks. */
  readonly text: string;
  readonly dataJson: string;
  /** Bytes of `dataJson` in UTF-8, where they are known: exactly so many. */
  readonly dataBytes?: number;
  /** What `dataJson` says, where it is at hand: a store may hand it to tails, which then need not parse it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The byte range of a unit, from its chunk. */
export interface AppendUnit {
  readonly adwId: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly attempt: number;
  readonly offset: number;
  readonly end: number;
  readonly lines: number;
  /** sha-256 (hex) of the range on disk; empty for a range whose bytes the log does not have, which proves nothing. */
  readonly sha256: string;
  /** sha-256 (hex) of the last 4 KiB, or fewer, on disk before `end`. */
  readonly tailSha256: string;
  readonly terminated: boolean;
}

/** A position with the ADW that it belongs to. */
export type FilePosition = Position & { readonly adw_id: string };

/** Names a file generation of an ADW. */
export type FileGeneration = Pick<AppendUnit, 'path' | 'fingerprint'>;

/** A range of a file generation that the log holds. */
export interface HeldUnit {
  readonly offset: number;
  /** Byte after its last. */
  readonly end: number;
  /** Of the range on disk, in hex; empty where the log was only told to skip it. */
  readonly sha256: string;
}

/** A unit that refused its call: the first of its generation. */
export interface RefusedUnit {
  readonly unit: AppendUnit;
  /** What the log holds of its generation behind the unit's offset, in order. */
  readonly held: readonly HeldUnit[];
  /** Whether it ends at or before the position, and the log does not hold its bytes. */
  readonly isBehind: boolean;
}

/** Whether an entry was stored, or the log has had it before. */
export type Outcome = 'accepted' | 'duplicate';

/** What `append` answers: per entry whether it was stored, the seq of the newest event, positions of its units. */
export interface AppendResult {
  readonly outcomes: readonly Outcome[];
  readonly lastSeq: number;
  readonly positions: readonly FilePosition[];
}

/** An event that a tail is told of, with what is known of it beside. A listener that keeps it keeps its `data` alive. */
export interface TailedEvent extends StoredEvent {
  readonly dataBytes?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** An event of the log. Parse `dataJson` only where the content matters. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: EventType;
  readonly adwId: string;
  readonly dataJson: string;
}

/** Which events `read` answers. `after` and `before` are exclusive seqs. */
export interface ReadQuery {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  /** Characters of data with which the page ends, though never before its first event; absent for no end but `limit`. */
  readonly charsMax?: number;
  readonly order?: 'asc' | 'desc';
  readonly adwId?: string;
  readonly types?: readonly EventType[];
  readonly role?: string;
  /** Words that all have to occur in the event's text, in any case and order. A `q` without a word finds nothing. */
  readonly q?: string;
  /** Whether `q` is still being typed: its last word, from two characters on, may then be the beginning of one. */
  readonly asTyped?: boolean;
  /** Ends a search whose reader has left: the page is then what was found so far. */
  readonly signal?: AbortSignal;
  /**
   * Bounds a search: where it has read so much that the client should be answered first, it ends and tells the seq behind
   * (or, descending, before) which it goes on. Absent, it reads all.
   */
  readonly onCut?: (seq: number) => void;
}

/** Whether a page ended because it was full: else there is no more than it has. */
export function isFullPage(page: readonly StoredEvent[], { limit, charsMax }: ReadQuery): boolean {
  if (page.length >= limit) return true;
  return charsMax !== undefined && page.reduce((chars, { dataJson }) => chars + dataJson.length, 0) >= charsMax;
}

/** Which events {@link readAll} reads, in seq order. */
export type ReadAllQuery = Pick<ReadQuery, 'adwId' | 'types' | 'role' | 'after' | 'before'>;

/** All events of a query in seq order, read page by page: one page is in memory. */
export async function* readAll(store: Pick<Store, 'read'>, query: ReadAllQuery): AsyncGenerator<StoredEvent> {
  let { after = 0 } = query;
  for (;;) {
    const read = { ...query, after, limit: PAGE_EVENTS_MAX, charsMax: PAGE_CHARS_MAX };
    const page = await store.read(read);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || !isFullPage(page, read)) return;
    after = last.seq;
  }
}

/** Columns of equal length, in seq order. */
export interface EventIndex {
  readonly seq: number[];
  /** ms since the Unix epoch. */
  readonly t: number[];
  readonly type: string[];
  readonly role: (string | null)[];
  /** ms; null where the type has none. */
  readonly duration: (number | null)[];
  readonly status: string[];
}

/** One version of an artifact, without its bytes. */
export interface ArtifactInfo {
  readonly adwId: string;
  readonly path: string;
  readonly sha256: string;
  readonly mediaType: string;
  readonly size: number;
  /** ms since the Unix epoch. */
  readonly storedAt: number;
}

/** Bytes of an artifact on their way in: whole, or piece by piece as they come. */
export type ArtifactBytes = Buffer | AsyncIterable<Buffer>;

/** One version of an artifact as it comes in; `size` is what its sender says, until the bytes are there. */
export interface ArtifactUpload extends ArtifactInfo {
  readonly bytes: ArtifactBytes;
}

/** One version of an artifact, whose bytes are read when they are wanted. */
export interface StoredArtifact extends ArtifactInfo {
  /**
   * @param range in bytes, `end` exclusive; all of them when absent
   * @returns a stream that holds a piece at a time
   * @throws AdwStreamError not_found when the bytes are not there any more, or are not those that were stored
   */
  read(range?: { readonly start: number; readonly end: number }): Promise<Readable>;
}

/** The serialized state of an ADW's fold after `seq`. */
export interface Snapshot {
  readonly adwId: string;
  readonly seq: number;
  /** Names the fold's code; a snapshot of another version is ignored. */
  readonly version: number;
  readonly stateJson: string;
}

/** What retention keeps. Absent limits do not limit. */
export interface RetentionPolicy {
  /** ms since something was last appended to an ADW. When its events happened does not matter: a replay is new. */
  readonly maxAgeMs?: number;
  /** Bytes of all events' `dataJson` together. */
  readonly maxBytes?: number;
}

/** How the store is, for /health and /metrics. */
export interface StoreHealth {
  readonly status: 'ok' | 'degraded';
  /** Why it is degraded; never a path of the disk. */
  readonly reason?: string;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Appends waiting for their commit. */
  readonly pending: number;
}

/** An append with a unit that neither begins where the log stands nor is in it: nothing of the call was stored. */
export class PositionMismatchError extends Error {
  /** The positions to resume from. */
  readonly positions: readonly FilePosition[];
  /** The first refused unit of each generation. */
  readonly units: readonly RefusedUnit[];

  constructor(positions: readonly FilePosition[], units: readonly RefusedUnit[]) {
    super('a unit does not begin where the log stands, or is not what the log holds there');
    this.name = 'PositionMismatchError';
    this.positions = positions;
    this.units = units;
  }
}

/** Bytes that are not what their sha-256 (hex) says; nothing of them was stored. */
export class DigestMismatch extends Error {
  readonly expected: string;
  readonly received: string;

  constructor(expected: string, received: string) {
    super(`the bytes have the sha-256 ${received}`);
    this.name = 'DigestMismatch';
    this.expected = expected;
    this.received = received;
  }
}
