import type { BacklogScheduler } from '../../base/backlog-scheduler.ts';
import type { FoundFile, Item, ReadLines, Unreadable, WholeFile } from '../flow.ts';
import { Backlog } from './backlog.ts';
import type { OwnState } from './own-state.ts';
import { RunDatabases } from './run-databases.ts';
import { Tailer, type TailerOptions } from './tailer.ts';
import { type WhichFiles, WholeFiles } from './whole-files.ts';

/** What {@link Tail} takes. */
export interface TailOptions extends Omit<TailerOptions, 'acknowledged' | 'journal'> {
  /** Absent where no other ADW is read in the process. */
  readonly backlogScheduler: BacklogScheduler | undefined;
  /** Called when something may be read that had to wait. */
  readonly wake: () => void;
}

/** Everything of one ADW that is read, and what is kept of it on our own disk. */
export class Tail {
  /** Files that are read by lines. */
  readonly lines: Tailer;
  readonly wholeFiles: WholeFiles;
  readonly databases: RunDatabases;
  readonly #state: OwnState;
  readonly #backlog: Backlog;
  #isAllRead = false;

  /** @param state is closed with this */
  constructor(state: OwnState, { backlogScheduler, wake, ...options }: TailOptions) {
    const { acknowledged, journal } = state;
    this.#state = state;
    this.lines = new Tailer({ ...options, acknowledged, journal });
    this.wholeFiles = new WholeFiles(options);
    this.databases = new RunDatabases({ adwId: options.adwId, onReady: wake });
    this.#backlog = new Backlog({ backlogScheduler, wake });
  }

  /**
   * Takes in a file that discover found.
   * @param watched whether what it holds came while we watched
   * @returns whether it is read from now on; not while it is still read under the name that it had before
   */
  add(found: FoundFile, { now, watched }: { now: number; watched: boolean }): boolean {
    if (found.kind === 'stream' || found.kind === 'log') return this.lines.add(found, { now, watched });
    if (found.kind === 'database') this.databases.add(found);
    else this.wholeFiles.add(found, now);
    return true;
  }

  /**
   * Whether the next lines may be read.
   * @param canRead whether there is room for them
   * @param isDelivered whether all that was read is in the log
   */
  mayRead(canRead: boolean, isDelivered: boolean): boolean {
    return this.#backlog.mayReadNext({ canRead, isDelivered }, () => this.lines.writtenAt);
  }

  /** The next lines of the file whose turn it is, as {@link Tailer.read} answers them. @param skip paths whose turn it is not */
  read(now: number, skip: (path: string) => boolean): ReadLines | 'busy' | undefined {
    const read = this.lines.read(now, skip);
    this.#backlog.took(read);
    if (read !== 'busy') this.#isAllRead = read === undefined;
    return read;
  }

  /** Whether there were no more lines to read at the last time. */
  get isAllRead(): boolean {
    return this.#isAllRead;
  }

  /** Folds of logs whose last entry has ended since the last call. */
  takeEnded(now: number): object[] {
    return [...this.lines.takeEnded(), ...(this.#isAllRead ? this.lines.quietLogs(now) : [])];
  }

  /** Whole files that have settled: each is given again until it is {@link WholeFiles.done}. */
  *settled(now: number, which: WhichFiles): Iterable<WholeFile> {
    for (const file of this.wholeFiles.settled(now, which)) {
      // What is left of a sub-agent says how it ended: that it began its lines say.
      if (file.found.kind !== 'sub-agent' || this.#isAllRead) yield file;
    }
  }

  /** What could not be read since the last call. */
  takeUnreadable(): Unreadable[] {
    return [this.lines, this.wholeFiles, this.databases].flatMap(kind => kind.takeUnreadable());
  }

  /** Whether something waits to be read, or to be complete. */
  get isPending(): boolean {
    return !this.#isAllRead || this.databases.isPending || this.wholeFiles.isPending || this.lines.isDirty;
  }

  /** Whether there is something to poll. */
  isActive(now: number): boolean {
    return this.lines.isActive || this.wholeFiles.isPending || this.databases.isActive(now);
  }

  /** The log is another one: what no positions are kept of is read again. */
  forget(): void {
    this.wholeFiles.forget();
    this.databases.forget();
  }

  /** The item without what the server has been told before; undefined when nothing is left. */
  withoutAcknowledged(item: Item): Item | undefined {
    return this.#state.acknowledged ? this.#state.acknowledged.withoutAcknowledged(item) : item;
  }

  /** Items are in the log. */
  acknowledged(items: readonly Item[]): void {
    this.#state.acknowledged?.add(items);
  }

  /** Writes down what is acknowledged, when that is due. */
  save(): void {
    this.#state.acknowledged?.save(false);
  }

  /** Whether the lock of the ADW was taken at the start, as a watch does that delivers. */
  get isLocked(): boolean {
    return this.#state.lock !== undefined;
  }

  /** Whether the lock of the ADW was ours, and another watch took it. */
  get isTakenOver(): boolean {
    return this.#state.lock?.isHeld() === false;
  }

  /** Gives everything back. */
  close(): void {
    const { acknowledged, journal, lock } = this.#state;
    this.#backlog.close();
    acknowledged?.save(true);
    this.lines.close();
    this.databases.close();
    journal.close();
    lock?.release();
  }
}
