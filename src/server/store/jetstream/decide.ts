import type { Position } from '../../../event/position.ts';
import type { AppendEntry, AppendEvent, AppendUnit } from '../store.ts';
import { positionAfter } from './commit.ts';
import { fileKey, type Shelf } from './shelf.ts';

/** What one ADW's next commit will hold. */
export interface Draft {
  readonly shelf: Shelf;
  readonly positions: Map<string, Position>;
  readonly ids: Set<string>;
  readonly events: AppendEvent[];
}

export type Outcome = 'accepted' | 'duplicate';
export type FilePosition = Position & { readonly adw_id: string };

/** Nothing to store yet on this shelf. */
export function newDraft(shelf: Shelf): Draft {
  return { shelf, positions: new Map(), ids: new Set(), events: [] };
}

/** The ADW of an entry. */
export function adwIdOf(entry: AppendEntry): string {
  return entry.kind === 'unit' ? entry.unit.adwId : entry.event.adwId;
}

/**
 * Adds the entries of one call to the drafts of their ADWs, or, when one of its units does not begin where the log will
 * stand, none of them. Answers an outcome per entry, or undefined for a refused call.
 * @param drafts one per ADW of the call
 */
export function decide(
  entries: readonly AppendEntry[],
  drafts: ReadonlyMap<string, Draft>,
): readonly Outcome[] | undefined {
  const own = new Map<string, Draft>();
  const outcomes: Outcome[] = [];
  for (const entry of entries) {
    const draft = drafts.get(adwIdOf(entry))!;
    const added = own.get(draft.shelf.adwId) ?? newDraft(draft.shelf);
    own.set(draft.shelf.adwId, added);
    const outcome =
      entry.kind === 'unit'
        ? placeUnit(entry.unit, { draft, added })
        : placeEvent(entry.event.eventId, { draft, added });
    if (outcome === 'refused') return undefined;
    outcomes.push(outcome);
    if (outcome === 'duplicate') continue;
    for (const event of entry.kind === 'unit' ? entry.events : [entry.event]) {
      added.events.push(event);
      added.ids.add(event.eventId);
    }
  }
  for (const [adwId, added] of own) merge(drafts.get(adwId)!, added);
  return outcomes;
}

/** Where the files of a call's units stand: after what the shelf holds and, when given, what the drafts add. */
export function positionsOf(entries: readonly AppendEntry[], shelves: ReadonlyMap<string, Shelf>): FilePosition[] {
  const found = new Map<string, FilePosition>();
  for (const entry of entries) {
    if (entry.kind !== 'unit') continue;
    const { adwId: adw_id, path, fingerprint, attempt } = entry.unit;
    const key = fileKey(entry.unit);
    const start = { path, fingerprint, attempt, next: 0, lines: 0, tail_sha256: '' };
    found.set(`${adw_id}\0${key}`, { ...(shelves.get(adw_id)?.positions.get(key) ?? start), adw_id });
  }
  return [...found.values()];
}

interface Layers {
  readonly draft: Draft;
  readonly added: Draft;
}

function placeUnit(unit: AppendUnit, { draft, added }: Layers): Outcome | 'refused' {
  const key = fileKey(unit);
  const before = added.positions.get(key) ?? draft.positions.get(key) ?? draft.shelf.positions.get(key);
  const next = before?.next ?? 0;
  if (unit.end <= next) return 'duplicate';
  if (unit.offset !== next) return 'refused';
  added.positions.set(key, positionAfter(unit, before));
  return 'accepted';
}

function placeEvent(eventId: string, { draft, added }: Layers): Outcome {
  const known = added.ids.has(eventId) || draft.ids.has(eventId) || draft.shelf.ids.has(eventId);
  return known ? 'duplicate' : 'accepted';
}

function merge(draft: Draft, added: Draft): void {
  for (const [key, position] of added.positions) draft.positions.set(key, position);
  for (const id of added.ids) draft.ids.add(id);
  for (const event of added.events) draft.events.push(event);
}
