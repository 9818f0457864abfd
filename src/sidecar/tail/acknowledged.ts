import type { Stats } from 'node:fs';
import { agoMs } from '../../base/clock.ts';
import type { Position } from '../../event/position.ts';
import { eventsOf, type Item } from '../flow.ts';
import type { Checkpoint, UnchangedFile } from './checkpoint.ts';
import { Positions } from './positions.ts';
import type { TakenSince } from './taken-since.ts';

/** How often the checkpoint is written at most, ms: while our server holds the truth, and while the checkpoint does. */
const CACHE_MS = 30_000;
const TRUTH_MS = 1_000;

/** Where a log stands, and which log it is; a reference server has none of it. */
export interface LogPositions {
  readonly epoch: string | undefined;
  readonly files: readonly Position[];
}

/** What {@link AcknowledgedPositions} takes. */
export interface AcknowledgedOptions {
  readonly server: string;
  readonly checkpoint: Checkpoint;
  readonly takenSince: TakenSince;
}

/**
 * What the server has acknowledged: positions of streams, and, for a reference server, which knows no duplicates, the
 * events of other files. Kept in the checkpoint, which is a cache for our server and the whole truth for a reference one.
 */
export class AcknowledgedPositions {
  readonly #options: AcknowledgedOptions;
  readonly #positions = new Positions();
  readonly #told = new Set<string>();
  /** What an earlier run knew of files, by the position's path and fingerprint. */
  #unchanged: readonly UnchangedFile[] = [];
  /** What this one knows. */
  #unchangedNow: () => readonly UnchangedFile[] = () => [];
  #epoch: string | undefined;
  #savedAt = 0;
  /** Whether the checkpoint says all of this. */
  #isSaved = true;
  #isTruth = false;

  constructor(options: AcknowledgedOptions) {
    this.#options = options;
  }

  /**
   * Begins with what our server says, or, for a reference server, with what the checkpoint remembers of it.
   * @returns the positions to go on from
   */
  begin(log: LogPositions | undefined): readonly Position[] {
    const { checkpoint, takenSince, server } = this.#options;
    const saved = checkpoint.load();
    this.#isTruth = log === undefined;
    const remembered = saved?.server === server ? saved : undefined;
    if (log !== undefined) {
      if (remembered !== undefined && remembered.epoch === log.epoch) this.#unchanged = remembered.unchanged;
      return this.take(log);
    }
    this.take({ epoch: undefined, files: remembered?.files ?? [] });
    for (const id of remembered?.announced ?? []) this.#told.add(id);
    for (const { position, announced } of takenSince.read(server)) {
      if (position) this.#positions.set(position);
      for (const id of announced) this.#told.add(id);
    }
    return this.#positions.all();
  }

  /** Takes over where the log stands. @returns its positions */
  take({ epoch, files }: LogPositions): readonly Position[] {
    this.#isSaved = false;
    this.#epoch = epoch;
    this.#positions.clear();
    for (const position of files) this.#positions.set(position);
    return files;
  }

  /** The epoch of the log that was delivered to; undefined for a reference server. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** Where the server stands in a generation. */
  of(path: string, fingerprint: string): { next: number; lines: number } {
    return this.#positions.get(path, fingerprint) ?? { next: 0, lines: 0 };
  }

  /** Says where to learn, whenever the checkpoint is written, which files hold what the log does. */
  rememberUnchanged(files: () => readonly UnchangedFile[]): void {
    this.#unchangedNow = files;
  }

  /** Whether a file is in the state in which an earlier run knew that it held what the log does up to the position. */
  isUnchanged({ path, fingerprint, next }: Position, { ino, size, ctimeMs }: Stats): boolean {
    const isSame = (file: UnchangedFile) => file.ino === ino && file.bytes === size && file.ctime_ms === ctimeMs;
    return this.#unchanged.some(
      file => file.path === path && file.fingerprint === fingerprint && next <= file.up_to && isSame(file),
    );
  }

  /** The item without what the server has been told before; undefined when nothing is left. */
  withoutAcknowledged(item: Item): Item | undefined {
    if (item.kind === 'unit' || this.#told.size === 0) return item;
    const events = item.found.events.filter(({ data }) => !this.#told.has(data.event_id ?? ''));
    return events.length === 0 ? undefined : { ...item, found: { ...item.found, events } };
  }

  /**
   * Notes items that a reference server has taken, on the disk too, before the next is sent: after a kill at most what was
   * under way is told again. Nothing to do for our server, which keeps that itself.
   */
  taken(items: readonly Item[]): void {
    if (!this.#isTruth) return;
    const { takenSince, server } = this.#options;
    for (const item of items) {
      const position = positionOf(item);
      const announced = item.kind === 'unit' ? [] : eventsOf(item).flatMap(({ data }) => data.event_id ?? []);
      if (position) this.#positions.set(position);
      for (const id of announced) this.#told.add(id);
      takenSince.add({ server, announced, ...(position && { position }) });
    }
    this.#isSaved = false;
  }

  /** Notes items that our server has acknowledged. */
  add(items: readonly Item[]): void {
    if (this.#isTruth) return;
    this.#isSaved = false;
    for (const item of items) {
      const position = positionOf(item);
      if (position) this.#positions.set(position);
    }
    this.save(false);
  }

  /** Writes the checkpoint where it has changed: `now`, or when the last time is long enough ago. */
  save(now: boolean): void {
    const everyMs = this.#isTruth ? TRUTH_MS : CACHE_MS;
    if (this.#isSaved || (!now && agoMs(this.#savedAt, Date.now()) < everyMs)) return;
    const files = this.#positions.all();
    if (files.length === 0 && this.#told.size === 0) return;
    this.#savedAt = Date.now();
    this.#isSaved = this.#options.checkpoint.save(
      {
        server: this.#options.server,
        epoch: this.#epoch ?? null,
        files,
        announced: [...this.#told],
        unchanged: this.#unchangedNow(),
      },
      { durable: this.#isTruth },
    );
    if (this.#isSaved) this.#options.takenSince.clear();
  }
}

function positionOf(item: Item): Position | undefined {
  return item.kind === 'unit' ? item.unit.position : item.found.position;
}
