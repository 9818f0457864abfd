import { firstIndex } from '../../../base/first-index.ts';
import type { Position } from '../../../event/position.ts';
import type { EventIndex, HeldUnit } from '../store.ts';
import { type Commit, cameTooLate } from './commit.ts';

/**
 * What a node holds of one ADW in memory: where its files stand, which events it has, their columns. No bodies. It is a
 * fold of the ADW's commits, the same on every node, and can be dropped and loaded again at any time.
 */
export interface Shelf {
  readonly adwId: string;
  /** The newest message on its subject, counting or not: what the next append expects to follow. */
  last: number;
  /** Its seq of the newest event, also when that one was removed. */
  lastSeq: number;
  /** The commit by which retention removed what was before it; 0 for none. */
  removal: number;
  first: number;
  bytes: number;
  /** By {@link fileKey}. */
  readonly positions: Map<string, Position>;
  /** The units that it holds of a file generation, in order; by {@link fileKey}. */
  readonly units: Map<string, HeldUnit[]>;
  /** `event_id` → seq. */
  readonly ids: Map<string, number>;
  readonly columns: EventIndex;
}

/** A shelf of an ADW that the log does not know. */
export function emptyShelf(adwId: string): Shelf {
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
    columns: { seq: [], t: [], type: [], role: [], duration: [], status: [] },
  };
}

/** Names a file generation of an ADW. */
export function fileKey({ path, fingerprint }: { readonly path: string; readonly fingerprint: string }): string {
  return `${path}\0${fingerprint}`;
}

/** Folds the next commit of its ADW in; one that is in already, or came too late, adds nothing. */
export function applyCommit(shelf: Shelf, commit: Commit): void {
  if (commit.number <= shelf.last) return;
  const counts = !cameTooLate(commit.head, shelf.last);
  shelf.last = commit.number;
  if (!counts) return;
  if (commit.head.kind === 'removed') {
    clear(shelf);
    shelf.removal = commit.number;
  }
  for (const { position, units } of commit.files) {
    const key = fileKey(position);
    shelf.positions.set(key, position);
    const held = shelf.units.get(key);
    if (held !== undefined) held.push(...units);
    else if (units.length > 0) shelf.units.set(key, [...units]);
  }
  shelf.first = commit.head.first || (commit.head.count > 0 ? commit.number : 0);
  shelf.bytes = commit.head.bytes;
  shelf.lastSeq = Math.max(shelf.lastSeq, commit.head.before);
  const { columns, ids } = shelf;
  commit.metas.forEach((meta, index) => {
    const seq = commit.events[index]!.seq;
    ids.set(meta.eventId, seq);
    columns.seq.push(seq);
    columns.t.push(meta.timeMs);
    columns.type.push(meta.type);
    columns.role.push(meta.role);
    columns.duration.push(meta.durationMs);
    columns.status.push(meta.status);
    shelf.lastSeq = seq;
  });
}

/** The first of `units`, which are in order, that end after `offset`: at most `max`. */
export function heldAfter(units: readonly HeldUnit[], offset: number, max: number): HeldUnit[] {
  const first = firstIndex(units.length, index => units[index]!.end > offset);
  return units.slice(first, first + max);
}

function clear({ ids, units, columns }: Shelf): void {
  ids.clear();
  units.clear();
  for (const column of Object.values(columns)) column.length = 0;
}
