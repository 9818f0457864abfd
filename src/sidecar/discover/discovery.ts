import { lastWrite } from '../../base/last-write.ts';
import type { Logger } from '../../base/log.ts';
import { lstatIfAny } from '../../base/stat.ts';
import { TELEMETRY } from '../../base/telemetry.ts';
import type { EventTime, FoundFile, PlanHint, Unreadable } from '../flow.ts';
import { DirectoryWatcher } from './directory-watcher.ts';
import { EventMonitor } from './event-monitor.ts';
import { type Pause, ScanSchedule } from './scan-schedule.ts';
import { AdwTree, type Scan } from './tree.ts';

/** What {@link Discovery} takes. */
export interface DiscoveryOptions {
  readonly adwId: string;
  readonly agentsDir: string;
  /** The other layout's directory of the same project. */
  readonly otherDirs?: readonly string[];
  /** Whether growth may still come; false for a one-shot replay. */
  readonly follow: boolean;
  /** With `follow`: whether the ADW's directory was made a moment ago, so that its first role has just begun. */
  readonly isNew?: boolean;
  /** With `follow`: whether to listen to file system events. */
  readonly fsEvents: boolean;
  /** Between two polls, ms. */
  readonly pollMs: number;
  /** The first time that a line of a stream names, ms; undefined where none does. */
  readonly firstStampOf: (absolute: string) => number | undefined;
  /** Called when an event has told something. */
  readonly onHint: () => void;
  readonly log: Logger;
}

/** A role of a new ADW whose lines name a time further back than this was copied to where it is. ms */
const COPIED_MS_MIN = 60_000;

/** Which files of one ADW there are, and when to poll and scan: events are hints, polls and scans the truth. */
export class Discovery {
  readonly tree: AdwTree;
  readonly #options: DiscoveryOptions;
  readonly #schedule: ScanSchedule;
  readonly #monitor = new EventMonitor();
  readonly #watcher: DirectoryWatcher | undefined;
  #named = new Set<string>();
  #isScanWanted = true;
  #isScanDue = true;
  /** Roles that were there before we watched. */
  #oldRoles: ReadonlySet<string> | undefined;
  #hasEvents: boolean;
  /** Why files are polled, until that was told. */
  #polling: string | undefined;
  #last: Scan | undefined;
  #unreadable: readonly Unreadable[] = [];
  /** The streams of each role, of the files that were asked about last: they are not gone through for each of a thousand roles. */
  #streams = { files: [] as readonly FoundFile[], byRole: streamsByRole([]) };
  /** The last scan all of which was taken in. */
  #taken: Scan | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.tree = new AdwTree(options);
    this.#schedule = new ScanSchedule(options.pollMs);
    this.#hasEvents = options.fsEvents;
    if (!options.fsEvents || !options.follow) return;
    this.#watcher = new DirectoryWatcher({
      onHint: (absolute, what) => this.#onHint(absolute, what),
      onUnavailable: why => this.#giveUpEvents(why),
      log: options.log,
    });
  }

  /**
   * What is due: a full scan of the tree and every file, a poll of the active files, or nothing.
   * @param isLast whether no more is waited for than for files to be complete
   */
  due(now: number, isLast: boolean): 'scan' | 'poll' | 'nothing' {
    return this.#isScanDue ? 'scan' : this.#schedule.due(now, isLast);
  }

  /** A full scan is to be made at once. */
  demandScan(): void {
    this.#isScanDue = true;
  }

  /** Whether a full scan was demanded and not made yet. */
  get isScanDue(): boolean {
    return this.#isScanDue;
  }

  /** How long the loop may pause before something is due, ms. */
  pauseMs(now: number, pause: Pause): number {
    return this.#schedule.pauseMs(now, { ...pause, isActive: pause.isActive || this.#isScanWanted });
  }

  /** Whether a scan is to be made before anything can be said to be complete. */
  get isPending(): boolean {
    return this.#isScanDue || this.#isScanWanted;
  }

  /** Whether something happened in the tree, so that it is to be walked with the next poll. */
  get isScanWanted(): boolean {
    return this.#isScanWanted;
  }

  /**
   * Walks the tree.
   * @returns what is there; undefined where nothing has changed since a scan that was {@link taken}
   */
  scan(plan: PlanHint | undefined): Scan | undefined {
    this.#isScanWanted = false;
    const scan = this.tree.scan(plan);
    this.#last = scan;
    this.#oldRoles ??= new Set(scan.roles.filter(role => !this.#hasJustBegun(role, scan.files)));
    // What came between the walk through a new directory and listening to it made no event.
    if (this.#watcher?.watch(scan.directories)) this.#isScanWanted = true;
    if (scan === this.#taken) return undefined;
    this.#unreadable = scan.unreadable;
    return scan;
  }

  /** All that a scan found has been taken in; `undefined`: not all of it, or it is to be taken in once more. */
  taken(scan: Scan | undefined): void {
    this.#taken = scan;
  }

  /** The tree is to be walked with the next poll. */
  wantScan(): void {
    this.#isScanWanted = true;
  }

  /** There was a poll, or a full scan. @param writtenAt when any file was last written to, ms */
  polled(now: number, { what, writtenAt }: { what: 'scan' | 'poll'; writtenAt: number }): void {
    if (what === 'poll') {
      this.#schedule.polled(now);
      return;
    }
    this.#schedule.scanned(now, { writtenAt, hasEvents: this.#hasEvents });
    this.#isScanDue = false;
  }

  /** Paths that events have named since the last call. */
  takeNamed(): ReadonlySet<string> {
    const named = this.#named;
    if (named.size > 0) this.#named = new Set();
    return named;
  }

  /** A poll found that these grew. It may show that there are no events to rely on, once they are listened to. */
  grew(paths: readonly string[], now: number): void {
    if (!this.#watcher?.isListening) return;
    for (const path of paths) {
      if (!this.#hasEvents || !this.#monitor.grew(path, now)) continue;
      this.#options.log.report('file_events_missing');
      this.#giveUpEvents(TELEMETRY.file_events_missing.line);
    }
  }

  /** What the last scan that found something new might not read, unless that was asked before. */
  takeUnreadable(): readonly Unreadable[] {
    const unreadable = this.#unreadable;
    this.#unreadable = [];
    return unreadable;
  }

  /** Why files are polled from now on; undefined where they are not, or that was answered before. */
  takePolling(): string | undefined {
    const polling = this.#polling;
    this.#polling = undefined;
    return polling;
  }

  /** When a role directory appeared: of one that was there before we watched, and of all in a replay, only the file system knows. */
  roleTime(role: string, { now, files }: { readonly now: number; readonly files: readonly FoundFile[] }): EventTime {
    if (this.#options.follow && !this.#oldRoles?.has(role)) return { ms: now, timing: 'observed' };
    const stats = this.tree
      .roleDirectories(role)
      .map(lstatIfAny)
      .find(found => found !== undefined);
    if (!stats) return { ms: 0, timing: 'unknown' };
    const { birthtimeMs, mtimeMs, ctimeMs } = stats;
    // What an archive set is no time of ours.
    const ms = lastWrite({ mtimeMs, ctimeMs, nowMs: now });
    if (ms === undefined) return { ms: 0, timing: 'unknown' };
    // A directory is there before the first line in it, whenever this copy of it was made.
    const born = birthtimeMs > 0 ? [Math.floor(birthtimeMs)] : [];
    return { ms: Math.min(ms, ...born, ...this.#firstStamps(role, files)), timing: 'estimated' };
  }

  /** When a role wrote its first line, as that says; else {@link roleTime}. */
  beganAt(role: string, seen: { readonly now: number; readonly files: readonly FoundFile[] }): EventTime {
    const stamps = this.#firstStamps(role, seen.files);
    return stamps.length > 0 ? { ms: Math.min(...stamps), timing: 'exact' } : this.roleTime(role, seen);
  }

  /** The last scan, and what of it are a factory's agents whose lines are there. */
  get agents(): { readonly roles: readonly string[]; readonly files: readonly FoundFile[] } {
    const { agents = [], files = [] } = this.#last ?? {};
    if (agents.length === 0) return { roles: [], files };
    const write = new Set(files.filter(({ kind }) => kind === 'stream').map(({ role }) => role));
    return { roles: agents.filter(role => write.has(role)), files };
  }

  #hasJustBegun(role: string, files: readonly FoundFile[]): boolean {
    const oldestMs = Date.now() - COPIED_MS_MIN;
    return this.#options.isNew === true && this.#firstStamps(role, files).every(ms => ms > oldestMs);
  }

  /** The first time that each of the role's streams names, ms since the Unix epoch. */
  #firstStamps(role: string, files: readonly FoundFile[]): number[] {
    if (this.#streams.files !== files) this.#streams = { files, byRole: streamsByRole(files) };
    const streams = this.#streams.byRole.get(role) ?? [];
    return streams.map(({ absolute }) => this.#options.firstStampOf(absolute)).filter(at => at !== undefined);
  }

  /** Stops listening. */
  close(): void {
    this.#watcher?.close();
  }

  #onHint(absolute: string, what: 'entry' | 'content'): void {
    this.#monitor.named(absolute, Date.now());
    this.#named.add(absolute);
    if (what === 'entry') this.#isScanWanted = true;
    this.#options.onHint();
  }

  #giveUpEvents(why: string): void {
    this.#hasEvents = false;
    this.#polling = why;
    this.#isScanWanted = true;
  }
}

function streamsByRole(files: readonly FoundFile[]): ReadonlyMap<string, readonly FoundFile[]> {
  const byRole = new Map<string, FoundFile[]>();
  for (const file of files) {
    if (file.kind !== 'stream' || file.role === undefined) continue;
    const streams = byRole.get(file.role);
    if (streams === undefined) byRole.set(file.role, [file]);
    else streams.push(file);
  }
  return byRole;
}
