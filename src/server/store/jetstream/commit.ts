import type { Position } from '../../../event/position.ts';
import type { EventType } from '../../../event/types.ts';
import type { AppendEvent, HeldUnit, StoredEvent } from '../store.ts';
import { seqOf } from './seq.ts';

/** The header that every commit carries, as JSON. */
export const HEAD_HEADER = 'Adw-Commit';

/**
 * What a commit says about itself and its ADW. It is in a header, so that the newest commit of every ADW, without the
 * bodies, tells a starting node all it must know. The totals are exact, because a commit counts only if no other of its
 * ADW came in between: {@link isStale}.
 */
export interface CommitHead {
  /** Names the publish, so that its sender knows it again in the log, also when the acknowledgement was lost. */
  readonly id: string;
  /** `removed`: retention took all before it; it carries the positions and the ids of events outside units on. */
  readonly kind: 'events' | 'removed';
  /** The newest message on the ADW's subject that its sender knew; 0 for none. */
  readonly after: number;
  /** Events in this commit. */
  readonly count: number;
  /** The ADW's oldest kept commit; 0 when it is this one. */
  readonly first: number;
  /** Events that the ADW has, with this commit. */
  readonly events: number;
  /** Bytes of all its commits, with this one. */
  readonly bytes: number;
  /** The seq of its newest event before this commit; 0 when it never had one. */
  readonly before: number;
  /** Messages that hold the body, in order, where it is larger than one may be. */
  readonly parts?: readonly number[];
}

/** What one event says beside its data: the columns of an index, and the words of a search. */
export interface EventMeta {
  readonly type: EventType;
  readonly eventId: string;
  readonly timeMs: number;
  readonly role: string | null;
  readonly durationMs: number | null;
  readonly status: '' | 'ok' | 'error';
  readonly text: string;
  /** Whether it came in a unit; false also where a commit was written before the log kept it. */
  readonly isOfUnit: boolean;
}

/** An event that a commit is to hold. */
export interface PlacedEvent {
  readonly event: AppendEvent;
  readonly isOfUnit: boolean;
}

/** A file generation that a commit moved, with the units of it that the commit holds, in order. */
export interface CommittedFile {
  readonly position: Position;
  readonly units: readonly HeldUnit[];
}

/** A commit as it lies in the log. */
export interface Commit {
  /** Number of its message in the stream. */
  readonly number: number;
  readonly adwId: string;
  readonly head: CommitHead;
  /** When JetStream stored it, ms since the Unix epoch. */
  readonly storedAt: number;
  /** The file generations that its units moved: where they stand after it, and those units. */
  readonly files: readonly CommittedFile[];
  /** The ids of removed events outside units that it carries on. */
  readonly ids: readonly string[];
  readonly metas: readonly EventMeta[];
  readonly events: readonly StoredEvent[];
  /** Bytes of its body, for caches. */
  readonly bytes: number;
}

/**
 * Whether a commit is stale, and does not count: another one of its ADW is between it and what its sender knew. Every node
 * sees the same messages in the same order, so all agree. What retention purged in between is no reason.
 * @param last the message before it on its subject; 0 for none
 */
export function isStale({ after }: Pick<CommitHead, 'after'>, last: number): boolean {
  return after < last;
}

/** The number of the first message that a commit needs: its own, or that of its body's first part. */
export function firstMessageOf({ number, head: { parts = [] } }: Pick<Commit, 'number' | 'head'>): number {
  return Math.min(number, ...parts);
}

/** The seq of the newest event that this commit or its ADW before it holds. */
export function lastSeqOf(number: number, head: CommitHead): number {
  return head.count > 0 ? seqOf(number, head.count - 1) : head.before;
}

/** Index of its position, offset, end, sha-256 in hex. */
type UnitRow = [number, number, number, string];
type MetaRow = [string, string, number, string | null, number | null, string, string, 'unit'?];

interface CommitBody {
  readonly positions: readonly Position[];
  /** Absent in commits that were written before the log kept them. */
  readonly units?: readonly UnitRow[];
  /** Absent where there are none. */
  readonly ids?: readonly string[];
  readonly rows: readonly MetaRow[];
}

/** What {@link encodeBody} packs. */
export type CommitContent = Pick<Commit, 'files'> & {
  readonly events?: readonly PlacedEvent[];
  readonly ids?: readonly string[];
};

/** The body of a commit: one line of positions, units, ids and columns, then the data of each event, a line each. */
export function encodeBody({ files, events = [], ids }: CommitContent): Buffer {
  const positions = files.map(({ position }) => position);
  const units = files.flatMap((file, index) =>
    file.units.map(({ offset, end, sha256 }): UnitRow => [index, offset, end, sha256]),
  );
  const rows = events.map(({ event, isOfUnit }): MetaRow => {
    const { type, eventId, timeMs, role = null, durationMs = null, status, text } = event;
    const columns = [type, eventId, timeMs, role, durationMs, status, text] as const;
    return isOfUnit ? [...columns, 'unit'] : [...columns];
  });
  const lines = events.map(({ event }) => oneLine(event.dataJson));
  return Buffer.from([JSON.stringify({ positions, units, ids, rows }), ...lines].join('\n'));
}

/** What {@link encodeBody} packed, as the commit with this number. */
export function decodeCommit(
  body: Buffer,
  { number, adwId, head, storedAt }: Pick<Commit, 'number' | 'adwId' | 'head' | 'storedAt'>,
): Commit {
  const [first = '{}', ...lines] = body.toString('utf8').split('\n');
  const { positions, units = [], ids = [], rows } = JSON.parse(first) as CommitBody;
  const files = positions.map((position): { position: Position; units: HeldUnit[] } => ({ position, units: [] }));
  for (const [index, offset, end, sha256] of units) files[index]?.units.push({ offset, end, sha256 });
  const metas = rows.map(
    ([type, eventId, timeMs, role, durationMs, status, text, place]): EventMeta => ({
      type: type as EventType,
      eventId,
      timeMs,
      role,
      durationMs,
      status: status as EventMeta['status'],
      text,
      isOfUnit: place === 'unit',
    }),
  );
  const events = metas.map(
    ({ type }, index): StoredEvent => ({ seq: seqOf(number, index), type, adwId, dataJson: lines[index] ?? '{}' }),
  );
  return { number, adwId, head, storedAt, files, ids, metas, events, bytes: body.length };
}

/** Serialized data is one line, unless its sender indented it: a newline between tokens says nothing in JSON. */
function oneLine(json: string): string {
  return json.includes('\n') ? json.replaceAll('\n', ' ') : json;
}
