import type { Position } from '../../../event/position.ts';
import { type LogView, planCall } from '../acceptance.ts';
import { type AppendEntry, type FilePosition, type HeldUnit, type Outcome, PositionMismatchError } from '../store.ts';
import { type AdwIndex, fileKey, heldAfter } from './adw-index.ts';
import type { PlacedEvent } from './commit.ts';

/** What one ADW's next commit will hold. */
export interface Draft {
  readonly index: AdwIndex;
  readonly files: Map<string, DraftFile>;
  /** The ids of its events outside units. */
  readonly ids: Set<string>;
  readonly events: PlacedEvent[];
}

/** A file generation that the next commit moves, over which units. */
export interface DraftFile {
  readonly position: Position;
  readonly units: readonly HeldUnit[];
}

/** What became of a call that fits. */
export interface Decided {
  /** Per entry. */
  readonly outcomes: readonly Outcome[];
  readonly positions: readonly FilePosition[];
}

/** A draft that holds nothing yet. */
export function newDraft(index: AdwIndex): Draft {
  return { index, files: new Map(), ids: new Set(), events: [] };
}

/** The ADW of an entry. */
export function adwIdOf(entry: AppendEntry): string {
  return entry.kind === 'unit' ? entry.unit.adwId : entry.event.adwId;
}

/**
 * Adds the entries of one call to the drafts of their ADWs, or, when one of its units is refused, none of them: then the
 * answer is the error.
 * @param drafts one per ADW of the call
 */
export function decide(
  entries: readonly AppendEntry[],
  drafts: ReadonlyMap<string, Draft>,
): Decided | PositionMismatchError {
  const plan = planCall(entries, viewOf(drafts));
  if (plan instanceof PositionMismatchError) return plan;
  entries.forEach((entry, at) => {
    if (plan.outcomes[at] === 'duplicate') return;
    const { events, ids } = drafts.get(adwIdOf(entry))!;
    if (entry.kind === 'unit') {
      for (const event of entry.events) events.push({ event, isOfUnit: true });
    } else {
      events.push({ event: entry.event, isOfUnit: false });
      ids.add(entry.event.eventId);
    }
  });
  for (const { position, units } of plan.moved) {
    const { adw_id, ...own } = position;
    const { files } = drafts.get(adw_id)!;
    const key = fileKey(own);
    files.set(key, { position: own, units: [...(files.get(key)?.units ?? []), ...units] });
  }
  return { outcomes: plan.outcomes, positions: plan.positions };
}

/** What the indexes hold, with what the drafts add. */
function viewOf(drafts: ReadonlyMap<string, Draft>): LogView {
  return {
    hasId(adwId, eventId) {
      const { index, ids } = drafts.get(adwId)!;
      return ids.has(eventId) || index.idsOutside.has(eventId);
    },
    position(unit) {
      const { index, files } = drafts.get(unit.adwId)!;
      const key = fileKey(unit);
      return files.get(key)?.position ?? index.positions.get(key);
    },
    held(unit, max) {
      const { index, files } = drafts.get(unit.adwId)!;
      const key = fileKey(unit);
      const known = heldAfter(index.units.get(key) ?? [], unit.offset, max);
      return [...known, ...heldAfter(files.get(key)?.units ?? [], unit.offset, max - known.length)];
    },
  };
}
