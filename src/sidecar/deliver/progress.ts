import { agoMs } from '../../base/clock.ts';
import type { Extent, FileSummary, Item, SidecarProgress, SidecarSummary } from '../flow.ts';
import type { Acknowledged } from './delivery.ts';
import type { Sink } from './sink.ts';
import { Tally } from './tally.ts';

/** How often a watch tells how it stands, ms. */
const HEALTH_MS = 10_000;
/** How often progress is told while there is some, and while nothing happens, ms. */
const PROGRESS_MS = 500;
const PROGRESS_IDLE_MS = 2_000;

/** What {@link Progress} takes. */
export interface ProgressOptions {
  readonly adwId: string;
  /** Whether this is a watch. */
  readonly follow: boolean;
  /** Called every {@link HEALTH_MS} of a watch. */
  readonly onHealth?: (summary: SidecarSummary) => void;
  readonly onProgress?: (progress: SidecarProgress) => void;
  /** Called once, when all that was there at the start has been read and acknowledged. */
  readonly onCaughtUp?: () => void;
}

/** Where {@link Progress} learns what it does not count. */
export interface ProgressSources {
  readonly sink: Pick<Sink, 'isOpen' | 'isEmpty' | 'isConnected' | 'retries'>;
  /** How much there is: goes through all files. */
  readonly extent: () => Extent;
  /** How each file stands, and how many generations the log claims that are not the files of their names. */
  readonly files: (now: number) => { readonly perFile: readonly FileSummary[]; readonly disputed: number };
}

/** Counts what a sidecar does, and tells a view, a command or a program how it stands, when there is something to tell. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #sources: ProgressSources;
  readonly #tally = new Tally();
  readonly #startedAt = Date.now();
  #isBusy = false;
  #isCaughtUp = false;
  #isCaughtUpTold = false;
  #healthToldAt = Date.now();
  #progressToldAt = 0;

  constructor(options: ProgressOptions, sources: ProgressSources) {
    this.#options = options;
    this.#sources = sources;
  }

  /** Items are in the log. */
  acknowledged(items: readonly Item[], { accepted, refused }: Acknowledged): void {
    this.#isBusy = true;
    this.#tally.acknowledged(items, { accepted, refused: refused.length });
  }

  /** Secrets were replaced, by kind. */
  redacted(counts: Readonly<Record<string, number>>): void {
    this.#tally.redacted(counts);
  }

  /**
   * Tells what is due.
   * @param state.hasProgressed whether something was read
   * @param state.isAllRead whether all that is there has been read: acknowledged too, that is told at once for the first time
   */
  tell(now: number, { hasProgressed, isAllRead }: { hasProgressed: boolean; isAllRead: boolean }): void {
    const { follow, onHealth, onProgress } = this.#options;
    const isAllDone = isAllRead && this.#sources.sink.isEmpty;
    this.#isBusy ||= hasProgressed;
    // A replay is at its end only once its throttle has let everything go.
    if (isAllDone && follow) this.caughtUp();
    if (agoMs(this.#healthToldAt, now) >= HEALTH_MS) {
      this.#healthToldAt = now;
      if (follow) onHealth?.(this.summary());
    }
    if (this.#isProgressDue(now, isAllDone)) onProgress?.(this.#now());
  }

  /** Tells that all has been read and acknowledged, unless that was told before. */
  caughtUp(): void {
    if (!this.#isCaughtUpTold) this.#options.onCaughtUp?.();
    this.#isCaughtUpTold = true;
  }

  /** What was done so far. */
  summary(): SidecarSummary {
    const now = Date.now();
    const { perFile, disputed } = this.#sources.files(now);
    const seconds = (now - this.#startedAt) / 1000;
    const { retries } = this.#sources.sink;
    return { adwId: this.#options.adwId, ...this.#tally.summary(perFile), seconds, retries, disputed };
  }

  #now(): SidecarProgress {
    const { lines, events } = this.#tally;
    const { extent, sink } = this.#sources;
    return { extent, lines, events, connected: sink.isConnected, caughtUp: this.#isCaughtUp };
  }

  #isProgressDue(now: number, isAllDone: boolean): boolean {
    const hasJustCaughtUp = !this.#isCaughtUp && isAllDone;
    this.#isCaughtUp ||= isAllDone;
    const everyMs = this.#isBusy || !this.#sources.sink.isOpen ? PROGRESS_MS : PROGRESS_IDLE_MS;
    if (!hasJustCaughtUp && agoMs(this.#progressToldAt, now) < everyMs) return false;
    this.#isBusy = false;
    this.#progressToldAt = now;
    return true;
  }
}
