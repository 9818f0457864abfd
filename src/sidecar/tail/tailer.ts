import { agoMs } from '../../base/clock.ts';
import { descriptorsMax } from '../../base/descriptors.ts';
import type { Logger } from '../../base/log.ts';
import { lstatIfAny } from '../../base/stat.ts';
import type { HeldRanges, Position, RefusedUnit } from '../../event/position.ts';
import type { Extent, FileSummary, FoundFile, ReadLines, Unreadable } from '../flow.ts';
import type { AcknowledgedPositions, LogPositions } from './acknowledged.ts';
import { closeIdle, OPEN_FILES_MAX } from './close-idle.ts';
import { DisputedPositions, isOnDisk } from './disputed.ts';
import { extentOf, fileSummaries } from './lag.ts';
import { openFiles } from './open-files.ts';
import { inReadingOrder } from './reading-order.ts';
import { GenerationRegistry } from './registry.ts';
import { RenameResolver } from './rename-resolver.ts';
import { HELD_QUIET_MS, TailedFile } from './tailed-file.ts';
import type { AcknowledgedUpTo, FileGeneration, TailContext, TailedGeneration } from './tailed-generation.ts';
import { distrustUnacknowledged, unchangedFiles } from './unchanged-files.ts';

/** A file that was written to within this time is active: every poll includes it. The others are polled in scans, and when an event names them. ms */
const ACTIVE_MS = 10_000;
/** The same where an event has named the write: the next one will be named too. As long as a last line or entry may be held back. */
const ACTIVE_NAMED_MS = HELD_QUIET_MS + 500;

/** What {@link Tailer} takes. */
export interface TailerOptions
  extends Pick<TailContext, 'adwId' | 'journal' | 'follow' | 'readsKnown' | 'isWhole' | 'onUnproven'> {
  /** Where the log stands; absent where nothing is delivered. */
  readonly acknowledged: AcknowledgedPositions | undefined;
  readonly log: Logger;
}

/**
 * All files of one ADW that are read by lines, and whose turn it is. Polling (stats, and arrivals written down) and reading
 * are apart: files are polled also while nothing can be delivered.
 */
export class Tailer {
  readonly #options: TailerOptions;
  readonly #registry = new GenerationRegistry();
  readonly #files = new Map<string, TailedFile>();
  readonly #logs: TailedFile[] = [];
  /** When an event last named a file, ms. */
  readonly #namedAt = new Map<TailedFile, number>();
  #grewAt = 0;
  readonly #resolver: RenameResolver;
  readonly #disputed: DisputedPositions;
  /** Files that have something to read or were written to a moment ago, in the order of their turns. */
  readonly #active = new Set<TailedFile>();
  /** Streams in the order in which they are read at first; made anew when there is another. */
  #ordered: readonly TailedFile[] | undefined;
  /** Files read since idle ones were closed. */
  readonly #taken = new Set<TailedFile>();
  /** What was there at the start is read file by file, as the roles ran; what grows is read in turns. */
  #isCaughtUp = false;
  #ended: object[] = [];
  #unreadable: Unreadable[] = [];

  constructor(options: TailerOptions) {
    this.#options = options;
    const { acknowledged, journal, log } = options;
    acknowledged?.rememberUnchanged(() => unchangedFiles(this.#files.values(), this.#acknowledgedUpTo));
    this.#disputed = new DisputedPositions(log);
    this.#resolver = new RenameResolver({ registry: this.#registry, journal, files: () => this.#files.values() });
  }

  /**
   * Takes in a file that discover found.
   * @param watched whether what it holds came while we watched
   * @returns whether it is tailed; not while it is still read under the name that it had before
   */
  add(found: FoundFile, { now, watched }: { now: number; watched: boolean }): boolean {
    if (this.#files.has(found.absolute)) return true;
    if (this.#isMovedGeneration(found.absolute, now)) return false;
    const file: TailedFile = new TailedFile(found, {
      ...this.#options,
      registry: this.#registry,
      // An entry of a log ends where the next begins, whatever it holds.
      isWhole: found.kind === 'log' ? () => true : this.#options.isWhole,
      unreadOf: path => this.#resolver.unreadOf(path),
      renamedFrom: (path, fingerprint, reader) => this.#resolver.renamedFrom(path, { fingerprint, reader }),
      onDisputed: (position, sizeBytes) => this.#disputed.tell(position, sizeBytes),
      acknowledgedUpTo: this.#acknowledgedUpTo,
      isUnchanged: (position, stats) => this.#options.acknowledged?.isUnchanged(position, stats) ?? false,
      onEnded: (generation, lostBytes) => this.#onEnded(file, generation, lostBytes),
      onUnreadable: code => void this.#unreadable.push({ ...found, code }),
    });
    this.#files.set(found.absolute, file);
    if (file.kind === 'log') this.#logs.push(file);
    this.#ordered = undefined;
    this.#poll(file, now, watched);
    return true;
  }

  /** Polls a file that an event has named. @returns whether it is one of these */
  pollNamed(absolute: string, now: number): boolean {
    const file = this.#files.get(absolute);
    if (file === undefined) return false;
    this.#namedAt.set(file, now);
    this.#poll(file, now);
    return true;
  }

  /** Polls all files, or those that are active. @returns those that grew */
  poll(which: 'all' | 'active', now: number): string[] {
    const files = which === 'all' ? this.#files.values() : [...this.#active];
    const grown: string[] = [];
    for (const file of files) {
      const before = file.current?.reader.sizeSeen;
      this.#poll(file, now);
      const after = file.current?.reader.sizeSeen;
      if (before !== undefined && after !== undefined && after > before) grown.push(file.absolute);
    }
    if (which === 'all') closeIdle(this.#files.values(), now);
    if (openFiles.takeShortage()) this.#options.log.report('files_closed', { descriptors: descriptorsMax() });
    return grown;
  }

  /**
   * The next lines of the file whose turn it is; undefined when there are none, `busy` when a turn did not suffice for them.
   * @param skip paths whose turn it is not
   */
  read(now: number, skip: (path: string) => boolean = () => false): ReadLines | 'busy' | undefined {
    const lines = this.#readNext('stream', now, skip);
    if (lines) return lines;
    // Where files are compared with the log, what comes next in order is among them.
    if (this.#isProving()) return undefined;
    if (!this.#isCaughtUp) closeIdle(this.#files.values(), now);
    this.#isCaughtUp = true;
    return this.#readNext('log', now, skip);
  }

  /** Folds of logs that have been quiet, or of which no more will come: their last entry has ended. */
  *quietLogs(now: number): Iterable<object> {
    for (const { fold, grewAt, mtimeMs } of this.#logGenerations()) {
      const quietMs = Math.max(agoMs(grewAt, now), now - mtimeMs);
      if (fold && (quietMs > HELD_QUIET_MS || !this.#options.follow)) yield fold;
    }
  }

  /** The folds of all logs. */
  *logs(): Iterable<object> {
    for (const { fold } of this.#logGenerations()) if (fold) yield fold;
  }

  /** Folds of logs that have ended since the last call. */
  takeEnded(): object[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  /** Files that could not be opened or read since the last call. */
  takeUnreadable(): Unreadable[] {
    const unreadable = this.#unreadable;
    this.#unreadable = [];
    return unreadable;
  }

  /** What the log holds of a generation that was asked for; undefined where it does not tell. */
  takeHeld(generation: FileGeneration, held: HeldRanges | undefined): void {
    for (const file of this.#files.values()) file.takeHeld(generation, held);
  }

  /** Whether what was there at the start has been read. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Whether a file may have something to read, or was written to a moment ago. */
  get isActive(): boolean {
    return this.#active.size > 0;
  }

  /** Whether a file may have something to read. */
  get isDirty(): boolean {
    for (const file of this.#active) if (file.isDirty) return true;
    return false;
  }

  /** When a file last grew, ms; 0 where none did. */
  get grewAt(): number {
    return this.#grewAt;
  }

  /** When a file was last written to, by the file system's account, ms; 0 where there is none. */
  get writtenAt(): number {
    let last = 0;
    for (const { writtenAt } of this.#files.values()) last = Math.max(last, writtenAt);
    return last;
  }

  /** Per stream, what the log has of it and how far it lags behind the disk. */
  summaries(now: number): FileSummary[] {
    return fileSummaries(this.#streams(), this.#acknowledgedUpTo, now);
  }

  /** How many generations the log claims that are not the files of their names. */
  get disputed(): number {
    return this.#disputed.count;
  }

  /** Whether what lies on disk can be what the log holds, by the bytes before its positions. */
  isOnDisk(positions: readonly Position[]): boolean {
    return positions.every(position => isOnDisk(position, this.#streams()));
  }

  /** The sum of the same: goes through all files. */
  extent(): Extent {
    return extentOf(this.#streams(), this.#acknowledgedUpTo);
  }

  /**
   * Takes over where the log stands. The first time reading begins there; later, files are read again from there: streams
   * only, or all files where it is another log.
   * @param held what the log holds of generations that it refused
   */
  takePositions(positions: LogPositions | undefined, held: readonly RefusedUnit[]): 'first' | 'same log' | 'new log' {
    const { acknowledged } = this.#options;
    if (!this.#registry.isReady) {
      this.#registry.replace(acknowledged?.begin(positions) ?? []);
      return 'first';
    }
    if (!acknowledged || !positions) return 'same log';
    const isSameLog = acknowledged.epoch === undefined || acknowledged.epoch === positions.epoch;
    distrustUnacknowledged(this.#files.values(), this.#acknowledgedUpTo);
    this.#registry.replace(acknowledged.take(positions));
    for (const file of this.#files.values()) {
      if (isSameLog && file.kind !== 'stream') continue;
      file.resync(Date.now(), held, !isSameLog);
      this.#active.add(file);
    }
    return isSameLog ? 'same log' : 'new log';
  }

  /** Gives all descriptors back. */
  close(): void {
    for (const file of this.#files.values()) file.close();
  }

  readonly #acknowledgedUpTo: AcknowledgedUpTo = (path, fingerprint) =>
    this.#options.acknowledged?.of(path, fingerprint) ?? { next: 0, lines: 0 };

  *#streams(): Iterable<TailedFile> {
    for (const file of this.#files.values()) if (file.kind === 'stream') yield file;
  }

  *#logGenerations(): Iterable<TailedGeneration> {
    for (const { current } of this.#logs) if (current) yield current;
  }

  #poll(file: TailedFile, now: number, watched = true): void {
    file.poll(now, watched);
    for (const { grewAt } of file.generations) this.#grewAt = Math.max(this.#grewAt, grewAt);
    const { writtenAt } = file;
    const isNamed = (this.#namedAt.get(file) ?? 0) + 1 >= writtenAt;
    if (file.isDirty || now - writtenAt < (isNamed ? ACTIVE_NAMED_MS : ACTIVE_MS)) this.#active.add(file);
    else this.#active.delete(file);
  }

  #isProving(): boolean {
    for (const { generations } of this.#active) if (generations.some(({ proof }) => proof)) return true;
    return false;
  }

  #readNext(kind: TailedFile['kind'], now: number, skip: (path: string) => boolean): ReadLines | 'busy' | undefined {
    for (const file of kind === 'stream' && !this.#isCaughtUp ? this.#inOrder() : this.#active) {
      if (file.kind !== kind || !file.isDirty || skip(file.path)) continue;
      const lines = file.read(now);
      if (!lines && !file.isBusy) continue;
      this.#takeTurn(file, now);
      return lines ?? 'busy';
    }
    return undefined;
  }

  /** Its next turn comes after those of the others. Idle files are closed now and then: a replay of a thousand would keep them all. */
  #takeTurn(file: TailedFile, now: number): void {
    this.#active.delete(file);
    this.#active.add(file);
    if (this.#taken.add(file).size < OPEN_FILES_MAX) return;
    this.#taken.clear();
    closeIdle(this.#files.values(), now);
  }

  #inOrder(): readonly TailedFile[] {
    this.#ordered ??= inReadingOrder([...this.#streams()]);
    return this.#ordered;
  }

  /** A file under a new name that we still read through its old one. */
  #isMovedGeneration(absolute: string, now: number): boolean {
    const stats = lstatIfAny(absolute);
    if (!stats) return false;
    for (const file of this.#files.values()) {
      const same = ({ reader }: TailedGeneration) => reader.ino === stats.ino && reader.dev === stats.dev;
      if (!file.generations.some(same)) continue;
      this.#poll(file, now);
      return file.generations.some(generation => same(generation) && generation.detached);
    }
    return false;
  }

  #onEnded(file: TailedFile, { fold }: TailedGeneration, lostBytes: number): void {
    if (file.kind === 'log' && fold) this.#ended.push(fold);
    if (lostBytes > 0) {
      this.#options.log.report('bytes_lost', { path: file.path, bytes: lostBytes });
    }
  }
}
