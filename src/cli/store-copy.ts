import { systemClock } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import { PAGE_CHARS_MAX, PAGE_EVENTS_MAX } from '../event/limits.ts';
import type { Position } from '../event/position.ts';
import { toBatch } from '../server/ingest/units.ts';
import {
  type AppendEntry,
  type AppendEvent,
  type AppendUnit,
  PositionMismatchError,
  RECORD_KINDS,
  type Store,
  type StoredEvent,
} from '../server/store/store.ts';

/** What {@link copyStore} takes. */
export interface CopyOptions {
  readonly from: Store;
  readonly to: Store;
  /** Told after every page. */
  readonly onProgress: (progress: CopyProgress) => void;
  /** Ends the copy after the page that is under way. */
  readonly signal: AbortSignal;
}

/** How far a copy is. */
export interface CopyProgress {
  /** Events of the source that the target holds now, and how many of them it did not hold before. */
  readonly events: number;
  readonly added: number;
  readonly artifacts: number;
  /** Share of the log that was read, 0 to 1. */
  readonly share: number;
}

/** Characters of data in one call. Prevents calls that the target has to cut into pieces. */
const CALL_CHARS_MAX = 512 * 1024;
/** Events after a raw chunk that may be of its unit; a chunk of 64 KiB has a few hundred. */
const UNIT_EVENTS_MAX = 10_000;

/**
 * Copies a log into another store: events in their order within each ADW, where the files stand, artifacts with all
 * their versions, and what is remembered beside it. What the target has already is a duplicate to it, so a copy that was stopped is simply run again.
 * Seqs and the epoch are the target's own; readers begin anew there.
 */
export async function copyStore({ from, to, onProgress, signal }: CopyOptions): Promise<CopyProgress> {
  let progress: CopyProgress = { events: 0, added: 0, artifacts: 0, share: 0 };
  const tell = (change: Partial<CopyProgress>): void => {
    progress = { ...progress, ...change };
    onProgress(progress);
  };
  const end = from.lastSeq;
  const begin = from.firstSeq;
  for await (const page of wholeUnits(from, end)) {
    const added = await appendPage(to, page);
    const share = (page.at(-1)!.seq - begin) / Math.max(1, end - begin);
    tell({ events: progress.events + page.length, added: progress.added + added, share });
    if (signal.aborted) return progress;
  }
  for (const adwId of await from.adwIds()) {
    await copyPositions(from, to, adwId);
    tell({ artifacts: progress.artifacts + (await copyArtifacts(from, to, adwId)) });
    if (signal.aborted) return progress;
  }
  await copyRecords(from, to);
  return progress;
}

/** Pages of the log, none of which ends inside a unit. */
async function* wholeUnits(from: Store, end: number): AsyncGenerator<readonly StoredEvent[]> {
  let held: StoredEvent[] = [];
  for (let after = from.firstSeq; ; ) {
    const page = await from.read({ after, before: end + 1, limit: PAGE_EVENTS_MAX, charsMax: PAGE_CHARS_MAX });
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.seq;
    const events = [...held, ...page];
    // The events of a unit follow its chunk, so all before the newest chunk is whole.
    const chunk = events.findLastIndex(({ type }) => type === 'agent_output_chunk');
    const cut = chunk === -1 || events.length - chunk > UNIT_EVENTS_MAX ? events.length : chunk;
    held = events.slice(cut);
    if (cut > 0) yield events.slice(0, cut);
  }
  if (held.length > 0) yield held;
}

/** Appends events, all ADWs at once. Answers how many of them were new. */
async function appendPage(to: Store, page: readonly StoredEvent[]): Promise<number> {
  const byAdw = new Map<string, StoredEvent[]>();
  for (const event of page) {
    const own = byAdw.get(event.adwId);
    if (own === undefined) byAdw.set(event.adwId, [event]);
    else own.push(event);
  }
  const added = await Promise.all([...byAdw.values()].flatMap(events => callsOf(events).map(call => send(to, call))));
  return added.reduce((sum, count) => sum + count, 0);
}

/** The entries of an ADW's events, in calls of a handy size. */
function callsOf(events: readonly StoredEvent[]): AppendEntry[][] {
  const calls: AppendEntry[][] = [];
  let room = 0;
  for (const entry of entriesOf(events)) {
    const size = eventsOf(entry).reduce((sum, { dataJson }) => sum + dataJson.length, 0);
    if (calls.length === 0 || size > room) {
      calls.push([]);
      room = CALL_CHARS_MAX;
    }
    calls.at(-1)!.push(entry);
    room -= size;
  }
  return calls;
}

/** Stored events as what `append` takes, with their data byte for byte. */
function entriesOf(events: readonly StoredEvent[]): AppendEntry[] {
  const inputs = events.map(({ type, dataJson }) => ({ type, data: JSON.parse(dataJson) as unknown }));
  const { entries, rejected } = toBatch(inputs, { idFormat: 'any', clock: systemClock });
  const [refused] = rejected;
  if (refused !== undefined) {
    throw new AdwStreamError('invalid_event', `Event ${events[refused.index]?.seq} cannot be copied: ${refused.error}`);
  }
  const written = new Map(events.map(({ dataJson }, index) => [idOf(inputs[index]!.data), dataJson]));
  const exact = (event: AppendEvent): AppendEvent => {
    const dataJson = written.get(event.eventId);
    return dataJson === undefined ? event : { ...event, dataJson, dataBytes: Buffer.byteLength(dataJson) };
  };
  return entries.map(entry =>
    entry.kind === 'unit'
      ? { ...entry, events: entry.events.map(exact) }
      : { kind: 'event', event: exact(entry.event) },
  );
}

function idOf(data: unknown): unknown {
  return (data as { event_id?: unknown }).event_id;
}

function eventsOf(entry: AppendEntry) {
  return entry.kind === 'unit' ? entry.events : [entry.event];
}

/** Appends one call; where retention took what lies before its units in the source, the target is told to skip it. */
async function send(to: Store, call: readonly AppendEntry[]): Promise<number> {
  for (let skipped = true; skipped; ) {
    try {
      const { outcomes } = await to.append(call);
      const added = call.filter((_, index) => outcomes[index] === 'accepted');
      return added.reduce((sum, entry) => sum + eventsOf(entry).length, 0);
    } catch (error) {
      if (!(error instanceof PositionMismatchError)) throw error;
      skipped = await skipTo(to, call, error.positions);
    }
  }
  throw new AdwStreamError('position_mismatch', 'The target refuses units that begin where it stands.');
}

/** Moves positions of the target to where the units of `call` begin. Answers whether one moved: else it would be refused again. */
async function skipTo(to: Store, call: readonly AppendEntry[], positions: readonly Position[]): Promise<boolean> {
  let moved = false;
  for (const position of positions) {
    const next = call
      .flatMap(entry => (entry.kind === 'unit' ? [entry.unit] : []))
      .find(
        unit => unit.path === position.path && unit.fingerprint === position.fingerprint && unit.end > position.next,
      );
    if (next === undefined || next.offset === position.next) continue;
    if (next.offset < position.next) {
      const where = `${next.path} of ADW ${next.adwId}`;
      throw new AdwStreamError('position_mismatch', `The target has lines of ${where} that the source cuts otherwise.`);
    }
    await moveTo(to, { ...next, offset: position.next, end: next.offset, lines: 0, sha256: '', tailSha256: '' });
    moved = true;
  }
  return moved;
}

/** Moves a position without an event. */
async function moveTo(to: Store, unit: AppendUnit): Promise<void> {
  await to.append([{ kind: 'unit', unit, events: [] }]);
}

/** Brings positions along of which retention left no event. */
async function copyPositions(from: Store, to: Store, adwId: string): Promise<void> {
  const held = await to.positions(adwId);
  for (const { path, fingerprint, attempt, next, lines, tail_sha256, terminated = true } of await from.positions(
    adwId,
  )) {
    const known = held.find(one => one.path === path && one.fingerprint === fingerprint);
    const [offset, before] = [known?.next ?? 0, known?.lines ?? 0];
    if (offset >= next) continue;
    const file = { adwId, path, fingerprint, attempt, terminated, sha256: '', tailSha256: tail_sha256 };
    await moveTo(to, { ...file, offset, end: next, lines: Math.max(0, lines - before) });
  }
}

/** Copies what is remembered beside the log. What the target remembers by the same key is replaced. */
async function copyRecords(from: Store, to: Store): Promise<void> {
  for (const kind of RECORD_KINDS) {
    for (const { key, value } of await from.records.all(kind)) await to.records.put(kind, key, value);
  }
}

/** Copies the versions of an ADW's artifacts that the target does not have, the oldest first. Answers how many. */
async function copyArtifacts(from: Store, to: Store, adwId: string): Promise<number> {
  const known = new Set((await to.listArtifacts(adwId)).map(({ path, sha256 }) => `${path}\0${sha256}`));
  let copied = 0;
  for (const { path, sha256 } of (await from.listArtifacts(adwId)).toSorted((a, b) => a.storedAt - b.storedAt)) {
    if (known.has(`${path}\0${sha256}`)) continue;
    const artifact = await from.getArtifact(adwId, path, sha256);
    if (artifact === undefined) continue;
    const { read, ...info } = artifact;
    await to.putArtifact({ ...info, bytes: await read() });
    copied += 1;
  }
  return copied;
}
