import type { HeldRanges, Position, RefusedUnit } from '../../event/position.ts';
import type { NewEvent } from '../../event/schema.ts';
import { type ArtifactUpload, eventsOf, type Item } from '../flow.ts';

/** An event that the server refused for good, and why. */
export interface Refusal {
  readonly event: NewEvent;
  readonly reason: string;
  /** What the event announces, where that was refused: it has to be there before the event. */
  readonly artifact?: ArtifactUpload;
}

/** Items are in the log. */
export interface Acknowledged {
  readonly kind: 'acknowledged';
  /** Events newly in the log. */
  readonly accepted: number;
  readonly refused: readonly Refusal[];
  /** Positions in the answer that lie beyond what was sent: another watcher was there before, or they are wrong. */
  readonly ahead?: readonly Position[];
}

/** A unit does not begin where the log stands, or is not what the log holds: nothing of the batch was stored. */
export interface Mismatch {
  readonly kind: 'mismatch';
  /** What the log holds of the generations that it refused, where it says so. */
  readonly held?: readonly RefusedUnit[];
}

/** Told of items as soon as the server has taken them: of a whole batch by ours, of each line by a reference server. */
export type OnTaken = (items: readonly Item[], outcome: Acknowledged) => void;

/** Where the log stands, and which log it is. */
export interface LogPositions {
  readonly epoch: string;
  readonly files: readonly Position[];
}

/** Names a file generation of the ADW that is delivered. */
export type FileGeneration = Pick<Position, 'path' | 'fingerprint'>;

/** One way to a server: batches to ours, single POSTs to a reference server. */
export interface Delivery {
  readonly kind: 'native' | 'reference';
  /** Where the log stands; undefined where the server keeps no positions. Retries like `send`. */
  positions(): Promise<LogPositions | undefined>;
  /** What the log holds of a generation; undefined where the server does not tell. Retries like `send`. */
  held(file: FileGeneration): Promise<HeldRanges | undefined>;
  /**
   * Delivers items in order, trying again for as long as that may help. What `onTaken` was told of is delivered, whatever
   * becomes of the rest.
   * @returns a mismatch; undefined when all was taken
   * @throws AdwStreamError server_unreachable when the time to try is over, unauthorized, server_refused or wrong_server
   * when trying again cannot help
   */
  send(items: readonly Item[], onTaken: OnTaken): Promise<Mismatch | undefined>;
}

/** The same item without some of its events. */
export function withoutEvents(item: Item, left: ReadonlySet<NewEvent>): Item {
  const events = eventsOf(item).filter(event => !left.has(event));
  return item.kind === 'unit'
    ? { ...item, unit: { ...item.unit, events } }
    : { ...item, found: { ...item.found, events } };
}
