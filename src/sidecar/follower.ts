import { agoMs } from '../base/clock.ts';
import { lstatIfAny } from '../base/stat.ts';
import type { Position, RefusedUnit } from '../event/position.ts';
import { EventMonitor } from './discover/event-monitor.ts';
import { DirectoryHints } from './discover/hints.ts';
import { ScanSchedule } from './discover/scan-schedule.ts';
import { AdwTree, type Scan } from './discover/tree.ts';
import { roleTime, WholeFiles } from './files.ts';
import type { EventTime, FoundFile, Item } from './flow.ts';
import type { ReadingOptions } from './options.ts';
import { isWholeLine } from './parse/records.ts';
import type { Redactor } from './parse/redact.ts';
import { flushLog, hasPendingEntry, readLog, readStream, roleOf, type StreamContext } from './streams.ts';
import { closeIdle, OPEN_FILES_MAX } from './tail/close-idle.ts';
import type { ArrivalJournal } from './tail/journal.ts';
import { inReadingOrder } from './tail/reading-order.ts';
import type { GenerationRegistry } from './tail/registry.ts';
import { RenameResolver } from './tail/rename-resolver.ts';
import { HELD_QUIET_MS, TailedFile } from './tail/tailed-file.ts';
import type { TailedGeneration } from './tail/tailed-generation.ts';
import { Diagnostics } from './troubles.ts';

/** A file that was written to within this time is looked at on every poll; the others on every sweep, and when an event says so. ms */
const ACTIVE_MS = 10_000;
/** The same for a file whose events are known to come. */
const ACTIVE_HINTED_MS = 1_000;
/** Time between looks where events tell of growth at once, and a look is for what they missed, ms. */
const LOOK_HINTED_MS = 1_000;
/** Time between looks for new files while events cannot be trusted, ms. */
const SCAN_MS = 500;

/** What {@link Follower} takes. */
export interface FollowerOptions {
  readonly options: ReadingOptions;
  readonly redact: Redactor | undefined;
  readonly journal: ArrivalJournal;
  readonly registry: GenerationRegistry;
  readonly isReady: () => boolean;
  /** Whether more may be emitted. Files that are told of as a whole wait on disk until then. */
  readonly hasRoom: () => boolean;
  readonly emit: (item: Item) => void;
  readonly onRedacted: (counts: Readonly<Record<string, number>>) => void;
  /** The log knows a generation that is not the file at hand, whose size (bytes) is given. */
  readonly onDisputed: (position: Position, sizeBytes: number) => void;
  /** Called when something may be there to read. */
  readonly wake: () => void;
  /** Called when there is to be a look within so many ms. */
  readonly lookWithin: (ms: number) => void;
}

/**
 * Knows every file of one ADW and what of it has been read. It looks (stats, and writes arrivals down) whenever an event
 * or the clock says so, and reads only when it is asked to.
 */
export class Follower {
  readonly tree: AdwTree;
  readonly #context: FollowerOptions;
  readonly #stream: StreamContext;
  readonly #streams = new Map<string, TailedFile>();
  readonly #logs = new Map<string, TailedFile>();
  readonly #announced: WholeFiles;
  readonly #lineage: RenameResolver;
  readonly #troubles: Diagnostics;
  #hints: DirectoryHints | undefined;
  readonly #hearing = new EventMonitor();
  #trusted: boolean;
  #startedAt = 0;
  readonly #sweeps = new ScanSchedule();
  #scannedAt = 0;
  #scanWanted = true;
  /** The last look at the tree, once all that it found has been taken in. */
  #scanned: Scan | undefined;
  /** Files that have something to read or were written to a moment ago: a thousand others are looked at only by sweeps. */
  readonly #awake = new Set<TailedFile>();
  /** Streams in the order in which they are read at first; made anew when there is another. */
  #ordered: TailedFile[] | undefined;
  /** Files read since some were put away. */
  readonly #taken = new Set<TailedFile>();
  /** What was there at the start is read file by file, as the roles ran; what grows is read in turns. */
  #isCaughtUp = false;
  /** Roles that were there before we watched. */
  #oldRoles: ReadonlySet<string> = new Set();

  constructor(context: FollowerOptions) {
    const { options, redact, journal, registry, emit, onRedacted } = context;
    this.#context = context;
    this.tree = new AdwTree(options);
    this.#stream = { options, redact, journal };
    this.#trusted = options.fsEvents;
    this.#lineage = new RenameResolver({ registry, journal, files: () => this.#lineFiles() });
    this.#troubles = new Diagnostics(options);
    this.#announced = new WholeFiles({
      options,
      redact,
      emit: (found, redactions) => {
        onRedacted(redactions);
        emit({ kind: 'events', adwId: options.adwId, found });
      },
      // The plan that the state names may lie where no look has gone yet.
      onState: () => {
        this.#scanWanted = true;
      },
      onGone: () => {
        this.#scanned = undefined;
      },
    });
  }

  /** Takes in what is there; what is found now came before we watched. */
  start(now: number): void {
    this.#startedAt = now;
    const { follow, fsEvents, log } = this.#context.options;
    if (follow && fsEvents) {
      this.#hints = new DirectoryHints({
        onHint: (absolute, what) => this.#hint(absolute, what),
        onDeaf: why => {
          this.#trusted = false;
          this.#troubles.polling(why);
        },
        log,
      });
    }
    this.#scan(now, false);
  }

  /** Looks at what may have changed: active files at every call, everything now and then. */
  look(now: number): void {
    const sweep = this.#sweeps.dueIn(now) <= 0;
    if (this.#scanWanted || sweep || (!this.#trusted && agoMs(this.#scannedAt, now) >= SCAN_MS)) this.#scan(now, true);
    for (const file of sweep || !this.#trusted ? this.#lineFiles() : this.#awake) this.#lookAt(file, now);
    if (this.#context.hasRoom()) {
      this.#announced.look(now, sweep ? 'all' : 'pending');
      this.#tellTroubles(now);
    }
    if (!sweep) return;
    closeIdle(this.#lineFiles(), now);
    this.#sweeps.swept(now, { tookMs: Date.now() - now, writtenAt: this.#writtenAt });
  }

  /** Until the next look, ms: not long while only looks find growth, or a last line has to rest; until a sweep while no file is awake. */
  lookMs(now: number): number {
    const { pollMs } = this.#context.options;
    if (!this.#trusted || this.#scanWanted || this.#announced.isPending || this.#troubles.isPending) return pollMs;
    for (const { isDirty, absolute } of this.#awake) if (isDirty || !this.#hearing.hasSeen(absolute)) return pollMs;
    return Math.max(pollMs, this.#awake.size > 0 ? LOOK_HINTED_MS : this.#sweeps.dueIn(now));
  }

  /** Looks at everything, once. */
  lookAtAll(now: number): void {
    this.#scan(now, true);
    for (const file of this.#lineFiles()) this.#see(file, now, false);
    if (!this.#context.hasRoom()) return;
    this.#announced.look(now, 'all');
    this.#tellTroubles(now);
  }

  /**
   * Reads the next lines of one file, in turn, and emits them. Answers whether there was anything.
   * @param skip paths whose turn it is not
   */
  readNext(now: number, skip: (path: string) => boolean = () => false): boolean {
    if (this.#readStreams(now, skip)) return true;
    if (!this.#isCaughtUp) closeIdle(this.#lineFiles(), now);
    this.#isCaughtUp = true;
    return this.#readLogs(now);
  }

  /** Whether what was there at the start has been read, and what it led to has been looked for. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp && !this.#scanWanted;
  }

  /** When a stream or a log last grew, ms. */
  get grewAt(): number {
    const grown = [...this.#lineFiles()].flatMap(file => file.generations.map(({ grewAt }) => grewAt));
    return Math.max(0, ...grown);
  }

  /** When a stream or a log was last written to, by the file system's account, ms; when we began where there is none yet. */
  get #writtenAt(): number {
    let last = this.#streams.size + this.#logs.size > 0 ? 0 : this.#startedAt;
    for (const { writtenAt } of this.#lineFiles()) last = Math.max(last, writtenAt);
    return last;
  }

  /** Whether something waits for its quiet time, so that there has to be another look before the end. */
  isWaiting(): boolean {
    return (
      this.#scanWanted ||
      this.#announced.isPending ||
      this.#troubles.isPending ||
      [...this.#lineFiles()].some(file => file.isDirty) ||
      [...this.#logs.values()].some(({ current }) => hasPendingEntry(current))
    );
  }

  /** Reads on from where the registry says the log stands. @param held what it holds of generations that it refused */
  resync(held: readonly RefusedUnit[] = []): void {
    for (const file of this.#streams.values()) this.#resync(file, held);
  }

  /** Tells everything again: it is another log. */
  forget(): void {
    this.resync();
    for (const file of this.#logs.values()) this.#resync(file);
    this.#announced.forget();
    this.#scanned = undefined;
    this.#scanWanted = true;
  }

  /** The files that hold streams. */
  get streams(): Iterable<TailedFile> {
    return this.#streams.values();
  }

  /** Stops listening and gives all descriptors back. */
  close(): void {
    for (const file of this.#lineFiles()) file.close();
    this.#hints?.close();
  }

  *#lineFiles(): Iterable<TailedFile> {
    yield* this.#streams.values();
    yield* this.#logs.values();
  }

  #hint(absolute: string, what: 'entry' | 'content'): void {
    const now = Date.now();
    this.#hearing.heard(absolute, now);
    const file = this.#streams.get(absolute) ?? this.#logs.get(absolute);
    if (file) {
      this.#see(file, now);
      this.#context.lookWithin(LOOK_HINTED_MS);
    } else {
      if (this.#context.hasRoom()) this.#announced.look(now, { absolute });
      if (what === 'entry') this.#scanWanted = true;
      this.#context.lookWithin(this.#context.options.pollMs);
    }
    this.#context.wake();
  }

  #see(file: TailedFile, now: number, watched = true): void {
    file.look(now, watched);
    const activeMs = this.#hearing.hasSeen(file.absolute) ? ACTIVE_HINTED_MS : ACTIVE_MS;
    if (file.isDirty || now - file.writtenAt < activeMs) this.#awake.add(file);
    else this.#awake.delete(file);
  }

  #resync(file: TailedFile, held: readonly RefusedUnit[] = []): void {
    file.resync(Date.now(), held);
    this.#awake.add(file);
  }

  /** A look that is not an event's own. What it finds may show that there are no events to go by. */
  #lookAt(file: TailedFile, now: number): void {
    const before = file.current?.reader.sizeSeen;
    this.#see(file, now);
    const after = file.current?.reader.sizeSeen;
    if (!this.#trusted || before === undefined || after === undefined || after <= before) return;
    if (!this.#hearing.missedGrowth(file.absolute, now)) return;
    this.#trusted = false;
    const why =
      'Files grow without file system events (a network or container mount?); polling instead. --no-fs-events says so from the start.';
    this.#context.options.log.warn(why);
    this.#troubles.polling(why);
  }

  #scan(now: number, watched: boolean): void {
    const hasRoom = this.#context.hasRoom();
    // Roles are told of before what they hold; without room for that, a later look tells.
    this.#scanWanted = !hasRoom;
    this.#scannedAt = now;
    const scan = this.tree.scan(this.#announced.planHint);
    // What came between the look into a new directory and listening to it made no event.
    if (this.#hints?.watch(scan.directories)) this.#scanWanted = true;
    if (scan === this.#scanned) return;
    const { files, roles, unreadable } = scan;
    for (const place of unreadable) this.#troubles.unreadable(place);
    if (!watched) this.#oldRoles = new Set(roles);
    const isOld = (role: string) => !this.#context.options.follow || this.#oldRoles.has(role);
    const timeOf = (role: string): EventTime =>
      isOld(role) ? roleTime(this.tree.root, role) : { ms: now, timing: 'observed' };
    if (hasRoom) this.#announced.addRoles(roles, timeOf);
    let isAllTaken = hasRoom;
    for (const found of files) {
      if (found.kind === 'stream') isAllTaken = this.#addLines(this.#streams, found, { now, watched }) && isAllTaken;
      else if (found.kind === 'log') isAllTaken = this.#addLines(this.#logs, found, { now, watched }) && isAllTaken;
      else this.#announced.add(found, now);
    }
    this.#scanned = isAllTaken ? scan : undefined;
    if (hasRoom) this.#announced.look(now, 'pending');
  }

  /** @returns whether the file is followed; not while it is still read under the name that it had before */
  #addLines(
    files: Map<string, TailedFile>,
    found: FoundFile,
    { now, watched }: { now: number; watched: boolean },
  ): boolean {
    if (files.has(found.absolute)) return true;
    if (this.#isMovedGeneration(found.absolute, now)) return false;
    const { options, journal, registry, isReady } = this.#context;
    const file = new TailedFile(
      { path: found.path, absolute: found.absolute, role: roleOf(found) },
      {
        registry,
        journal,
        isReady,
        follow: options.follow,
        readsKnown: options.onKnown !== undefined,
        isWhole: found.kind === 'stream' ? isWholeLine : () => true,
        unreadOf: path => this.#lineage.unreadOf(path),
        renamedFrom: (path, fingerprint, reader) => this.#lineage.renamedFrom(path, { fingerprint, reader }),
        onDisputed: this.#context.onDisputed,
        onEnded: (generation, lostBytes) => this.#ended(file, generation, lostBytes),
        onUnreadable: code => this.#troubles.unreadable({ ...found, code }),
      },
    );
    files.set(found.absolute, file);
    this.#ordered = undefined;
    this.#see(file, now, watched);
    return true;
  }

  /** A file under a new name that we still read through its old one. */
  #isMovedGeneration(absolute: string, now: number): boolean {
    const stats = lstatIfAny(absolute);
    if (!stats) return false;
    for (const file of this.#lineFiles()) {
      const same = ({ reader }: TailedGeneration) => reader.ino === stats.ino && reader.dev === stats.dev;
      if (!file.generations.some(same)) continue;
      this.#see(file, now);
      return file.generations.some(generation => same(generation) && generation.detached);
    }
    return false;
  }

  #tellTroubles(now: number): void {
    for (const found of this.#troubles.take({ now, isGrowing: () => this.grewAt > this.#startedAt }))
      this.#context.emit({ kind: 'events', adwId: this.tree.adwId, found });
  }

  #ended(file: TailedFile, generation: TailedGeneration, lostBytes: number): void {
    if (this.#logs.get(file.absolute) === file) this.#emitFlushed(generation);
    if (lostBytes > 0) {
      this.#context.options.log.warn(`${file.path} was rewritten; ${lostBytes} bytes could not be read before.`);
    }
  }

  #readStreams(now: number, skip: (path: string) => boolean): boolean {
    for (const file of this.#isCaughtUp ? this.#awake : this.#inOrder()) {
      if (!file.isDirty || this.#logs.has(file.absolute)) continue;
      const read = skip(file.path) ? undefined : file.read(now);
      if (!read) continue;
      // Its next turn comes after those of the others.
      this.#awake.delete(file);
      this.#awake.add(file);
      for (const unit of readStream(file, read, this.#stream)) this.#context.emit({ kind: 'unit', unit });
      this.#takeUp(file, now);
      return true;
    }
    return false;
  }

  /**
   * Those read before are put away now and then: a replay of a thousand files would keep what all their lines have taught.
   * Called once a file's lines are parsed: it may be put away itself, with its parser.
   */
  #takeUp(file: TailedFile, now: number): void {
    if (this.#taken.add(file).size < OPEN_FILES_MAX) return;
    this.#taken.clear();
    closeIdle(this.#lineFiles(), now);
  }

  #inOrder(): readonly TailedFile[] {
    this.#ordered ??= inReadingOrder([...this.#streams.values()]);
    return this.#ordered;
  }

  #readLogs(now: number): boolean {
    for (const file of this.#logs.values()) {
      const read = file.isDirty ? file.read(now) : undefined;
      if (read) {
        this.#context.emit({ kind: 'events', adwId: this.tree.adwId, found: readLog(file, read, this.#stream) });
        return true;
      }
      const { current } = file;
      if (current && (agoMs(current.grewAt, now) > HELD_QUIET_MS || !this.#context.options.follow))
        this.#emitFlushed(current);
    }
    return false;
  }

  #emitFlushed(generation: TailedGeneration): void {
    const found = flushLog(generation);
    if (found.events.length > 0) this.#context.emit({ kind: 'events', adwId: this.tree.adwId, found });
  }
}
