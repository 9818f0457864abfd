import type { Position } from '../../event/position.ts';
import type { NewEvent } from '../../event/schema.ts';
import { type ArtifactUpload, eventsOf, type Generation, type Item, type Unit } from '../flow.ts';
import { encodeBatch } from './encode.ts';

/**
 * A unit whose events are the bytes already that will be sent. A few MB of units wait for the server, tens of thousands of
 * objects and texts, and every scavenge copied those that had come since the one before, twice: a sixth of a replay's time.
 * Bytes lie outside of V8's heap. The events are read back where they are asked for, as after a refusal.
 */
export class PackedUnit implements Unit {
  readonly generation: Generation;
  readonly offset: number;
  readonly end: number;
  readonly lines: number;
  readonly position: Position;
  readonly artifacts: readonly ArtifactUpload[];
  readonly redactions: Readonly<Record<string, number>> | undefined;
  readonly lostBytes: number | undefined;
  /** The events as NDJSON. */
  readonly bytes: Buffer;
  /** How many they are. */
  readonly count: number;
  #events: readonly NewEvent[] | undefined;

  constructor({ generation, offset, end, lines, position, artifacts, redactions, lostBytes, events }: Unit) {
    this.generation = generation;
    this.offset = offset;
    this.end = end;
    this.lines = lines;
    this.position = position;
    this.artifacts = artifacts;
    this.redactions = redactions;
    this.lostBytes = lostBytes;
    const { bytes, release } = encodeBatch(events);
    this.bytes = Buffer.from(bytes);
    release();
    this.count = events.length;
  }

  /** The same objects each time: a caller leaves out some of them by identity. */
  get events(): readonly NewEvent[] {
    const lines = () => this.bytes.toString().split('\n').slice(0, -1);
    this.#events ??= lines().map(line => JSON.parse(line));
    return this.#events;
  }
}

/** The same item, packed. Events of other files are few. */
export function packed(item: Item): Item {
  return item.kind === 'unit' ? { ...item, unit: new PackedUnit(item.unit) } : item;
}

/** How many events an item has. */
export function countOf(item: Item): number {
  return item.kind === 'unit' && item.unit instanceof PackedUnit ? item.unit.count : eventsOf(item).length;
}
