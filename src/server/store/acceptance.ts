import { TAIL_BYTES_MAX } from '../../event/limits.ts';
import type { Position } from '../../event/position.ts';
import {
  type AppendEntry,
  type AppendEvent,
  type AppendUnit,
  type FilePosition,
  type HeldUnit,
  type Outcome,
  PositionMismatchError,
  type RefusedUnit,
} from './store.ts';

/**
 * What is accepted, a duplicate or refused: the one place where that is decided, for every store.
 *
 * An event outside a unit is a duplicate when its ADW has had an event outside a unit with its `event_id`, also one that
 * retention removed since.
 *
 * A unit that begins where the log stands is accepted. One that ends there or before is a duplicate only if the log holds
 * those very bytes: a unit of the same range with the same sha-256, or the position's own tail hash where that covers the
 * whole unit. Anything else refuses the call: two files may have one name and one first line, and any client may have moved
 * the position, so "the log is further" does not say that these lines are in it.
 */

/** Ranges of the log that a refusal names at most: enough for what was under way, and no answer of megabytes. */
export const HELD_UNITS_MAX = 256;

/** What the log holds, before the call that is decided. */
export interface LogView {
  /** Whether the ADW has had an event outside a unit with this id. */
  hasId(adwId: string, eventId: string): boolean;
  /** Where the log stands in the unit's generation; undefined for one that it does not know. */
  position(unit: AppendUnit): Position | undefined;
  /** The units of that generation that end after the unit's offset, in order, at most `max`. */
  held(unit: AppendUnit, max: number): readonly HeldUnit[];
}

/** What became of a call that fits. */
export interface CallPlan {
  /** Per entry. */
  readonly outcomes: readonly Outcome[];
  /** The generations that the accepted units move, with those units. */
  readonly moved: readonly MovedGeneration[];
  /** Where every generation that the call names stands after it. */
  readonly positions: readonly FilePosition[];
}

/** A generation with what a call adds to it. */
export interface MovedGeneration {
  readonly position: FilePosition;
  readonly units: readonly HeldUnit[];
}

/** A key for a unit's file generation among all ADWs; NUL is in no path. */
function generationKey({ adwId, path, fingerprint }: Pick<AppendUnit, 'adwId' | 'path' | 'fingerprint'>): string {
  return `${adwId}\0${path}\0${fingerprint}`;
}

/** Decides a call: all of its units or, with the error to be thrown, none. */
export function planCall(entries: readonly AppendEntry[], view: LogView): CallPlan | PositionMismatchError {
  const before = new Map<string, FilePosition>();
  const added = new Map<string, { position: FilePosition; units: HeldUnit[] }>();
  const outcomes: Outcome[] = [];
  const refused = new Map<string, RefusedUnit>();
  const outcomeOfEvent = eventsDecider(view);
  for (const entry of entries) {
    if (entry.kind === 'event') {
      outcomes.push(outcomeOfEvent(entry.event));
      continue;
    }
    const { unit } = entry;
    const key = generationKey(unit);
    const start = before.get(key) ?? startOf(unit, view.position(unit));
    before.set(key, start);
    const own = added.get(key) ?? { position: start, units: [] };
    const held = (max: number) =>
      [...view.held(unit, max), ...own.units.filter(({ end }) => end > unit.offset)].slice(0, max);
    const outcome = outcomeOf(unit, own.position, held);
    if (outcome === 'refused') {
      if (!refused.has(key))
        refused.set(key, { unit, held: held(HELD_UNITS_MAX), isBehind: unit.end <= own.position.next });
      continue;
    }
    outcomes.push(outcome);
    if (outcome === 'duplicate') continue;
    own.position = positionAfter(own.position, unit);
    own.units.push({ offset: unit.offset, end: unit.end, sha256: unit.sha256 });
    added.set(key, own);
  }
  if (refused.size > 0) return new PositionMismatchError([...before.values()], [...refused.values()]);
  const positions = [...before].map(([key, position]) => added.get(key)?.position ?? position);
  return { outcomes, moved: [...added.values()], positions };
}

/** Decides the events outside units of one call, in their order. */
function eventsDecider(view: LogView): (event: AppendEvent) => Outcome {
  const taken = new Set<string>();
  return ({ adwId, eventId, isIdNew }) => {
    if (isIdNew) return 'accepted';
    const key = `${adwId}\0${eventId}`;
    if (taken.has(key) || view.hasId(adwId, eventId)) return 'duplicate';
    taken.add(key);
    return 'accepted';
  };
}

function outcomeOf(unit: AppendUnit, position: Position, held: (max: number) => readonly HeldUnit[]) {
  if (unit.end > position.next) return unit.offset === position.next ? 'accepted' : 'refused';
  // Units of one generation do not overlap: the first that ends after the offset is the unit's equal, or none is.
  const [first] = held(1);
  if (first?.offset === unit.offset && first.end === unit.end) {
    return first.sha256 === unit.sha256 ? 'duplicate' : 'refused';
  }
  const tailCovers = unit.end === position.next && unit.end - unit.offset <= TAIL_BYTES_MAX;
  return tailCovers && unit.tailSha256 !== '' && unit.tailSha256 === position.tail_sha256 ? 'duplicate' : 'refused';
}

function startOf({ adwId: adw_id, path, fingerprint, attempt }: AppendUnit, known: Position | undefined): FilePosition {
  return { adw_id, ...(known ?? { path, fingerprint, attempt, next: 0, lines: 0, tail_sha256: '' }) };
}

function positionAfter(position: FilePosition, unit: AppendUnit): FilePosition {
  return {
    ...position,
    attempt: unit.attempt,
    next: unit.end,
    lines: position.lines + unit.lines,
    tail_sha256: unit.tailSha256,
    terminated: unit.terminated,
  };
}
