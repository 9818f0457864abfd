import type { Stats } from 'node:fs';
import { agoMs } from '../../base/clock.ts';
import type { Position } from '../../event/position.ts';
import { eventsOf, type Item } from '../flow.ts';
import type { Checkpoint, UnchangedFile } from './checkpoint.ts';
import { Positions } from './positions.ts';

/** How often the checkpoint is written while our server holds the truth, ms. */
const CHECKPOINT_MS = 30_000;

/** Where a log stands, and which log it is; a reference server has none of it. */
export interface LogPositions {
  readonly epoch: string | undefined;
  readonly files: readonly Position[];
}

/** What {@link AcknowledgedPositions} takes. */
export interface AcknowledgedOptions {
  readonly server: string;
  readonly checkpoint: Checkpoint;
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
    const saved = this.#options.checkpoint.load();
    const remembered = saved?.server === this.#options.server ? saved : undefined;
    this.#isTruth = log === undefined;
    if (log !== undefined && remembered?.epoch === log.epoch) this.#unchanged = remembered?.unchanged ?? [];
    if (this.#isTruth) for (const id of remembered?.announced ?? []) this.#told.add(id);
    return this.take(log ?? { epoch: undefined, files: remembered?.files ?? [] });
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

  /** Notes items that the server has acknowledged. */
  add(items: readonly Item[]): void {
    this.#isSaved = false;
    for (const item of items) {
      const position = item.kind === 'unit' ? item.unit.position : item.found.position;
      if (position) this.#positions.set(position);
      if (!this.#isTruth || item.kind === 'unit') continue;
      for (const { data } of eventsOf(item)) if (data.event_id) this.#told.add(data.event_id);
    }
    this.save(this.#isTruth);
  }

  /** Writes the checkpoint where it has changed: `now`, or when the last time is long enough ago. */
  save(now: boolean): void {
    if (this.#isSaved || (!now && agoMs(this.#savedAt, Date.now()) < CHECKPOINT_MS)) return;
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
  }
}
