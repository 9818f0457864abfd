import { firstIndex } from '../../../base/first-index.ts';
import type { Position } from '../../../event/position.ts';
import type { EventIndex, HeldUnit } from '../store.ts';
import { type Commit, firstMessageOf, isStale } from './commit.ts';

/**
 * What a node holds of one ADW in memory: the positions of its files, the ids of its events, their columns. No bodies. It
 * is a fold of the ADW's commits, the same on every node, and can be dropped and loaded again at any time.
 */
export interface AdwIndex {
  readonly adwId: string;
  /** The newest message on its subject, counting or not: what the next append expects to follow. */
  last: number;
  /** Its seq of the newest event, also when that one was removed. */
  lastSeq: number;
  /** The first message of the commit by which retention removed what was before it; 0 for none. */
  removal: number;
  first: number;
  bytes: number;
  /** By {@link fileKey}. */
  readonly positions: Map<string, Position>;
  /** The units that it holds of a file generation, in order; by {@link fileKey}. */
  readonly units: Map<string, HeldUnit[]>;
  /** `event_id` → seq, of every event that is kept. */
  readonly ids: Map<string, number>;
  /** The ids of events outside units, also of those that retention removed: what makes another one a duplicate. */
  readonly idsOutside: Set<string>;
  readonly columns: EventIndex;
}

/** The index of an ADW that the log does not know. */
export function emptyIndex(adwId: string): AdwIndex {
  return {
    adwId,
    last: 0,
    lastSeq: 0,
    removal: 0,
    first: 0,
    bytes: 0,
    positions: new Map(),
    units: new Map(),
    ids: new Map(),
    idsOutside: new Set(),
    columns: { seq: [], t: [], type: [], role: [], duration: [], status: [] },
  };
}

/** Names a file generation of an ADW. */
export function fileKey({ path, fingerprint }: { readonly path: string; readonly fingerprint: string }): string {
  return `${path}\0${fingerprint}`;
}

/** Folds the next commit of its ADW in; one that is in already, or is stale, adds nothing. */
export function applyCommit(index: AdwIndex, commit: Commit): void {
  if (commit.number <= index.last) return;
  const counts = !isStale(commit.head, index.last);
  index.last = commit.number;
  if (!counts) return;
  if (commit.head.kind === 'removed') {
    clear(index);
    index.removal = firstMessageOf(commit);
  }
  for (const { position, units } of commit.files) {
    const key = fileKey(position);
    index.positions.set(key, position);
    const held = index.units.get(key);
    if (held !== undefined) held.push(...units);
    else if (units.length > 0) index.units.set(key, [...units]);
  }
  index.first = commit.head.first || (commit.head.count > 0 ? commit.number : 0);
  index.bytes = commit.head.bytes;
  index.lastSeq = Math.max(index.lastSeq, commit.head.before);
  const { columns, ids, idsOutside } = index;
  for (const id of commit.ids) idsOutside.add(id);
  commit.metas.forEach((meta, at) => {
    const seq = commit.events[at]!.seq;
    ids.set(meta.eventId, seq);
    if (!meta.isOfUnit) idsOutside.add(meta.eventId);
    columns.seq.push(seq);
    columns.t.push(meta.timeMs);
    columns.type.push(meta.type);
    columns.role.push(meta.role);
    columns.duration.push(meta.durationMs);
    columns.status.push(meta.status);
    index.lastSeq = seq;
  });
}

/** The first of `units`, which are in order, that end after `offset`: at most `max`. */
export function heldAfter(units: readonly HeldUnit[], offset: number, max: number): HeldUnit[] {
  const first = firstIndex(units.length, index => units[index]!.end > offset);
  return units.slice(first, first + max);
}

function clear({ ids, units, columns }: AdwIndex): void {
  ids.clear();
  units.clear();
  for (const column of Object.values(columns)) column.length = 0;
}
