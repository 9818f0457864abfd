import type { AdwSummary } from '../adw/summary-shape.ts';

/** Between two summaries at the least, ms: a busy run has hundreds of events a second. */
const BETWEEN_MS = 200;
/** Until a summary that could not be read is asked for again, ms. */
const AGAIN_MS = 1_000;
/** What a timer of Node takes at the most, ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Takes a summary. Answers after how many ms it wants to be told again though nothing changes; undefined for not at all. */
export type SummaryListener = (summary: AdwSummary) => number | undefined;

/** Reads a run's summary whenever it may have changed: after events, and when the clock alone may change its state. */
export class SummaryTeller {
  readonly #read: () => AdwSummary | Promise<AdwSummary>;
  readonly #onSummary: SummaryListener;
  readonly #signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  #hasChanged = false;

  /**
   * @param read the summary as it is now
   * @param onSummary told of each; not after `signal` has aborted
   */
  constructor(read: () => AdwSummary | Promise<AdwSummary>, onSummary: SummaryListener, signal: AbortSignal) {
    this.#read = read;
    this.#onSummary = onSummary;
    this.#signal = signal;
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  /** Tells and returns the first one. @throws what the first read throws: later ones are tried again */
  async begin(): Promise<AdwSummary> {
    const first = await this.#read();
    this.#tell(first);
    return first;
  }

  /** Something has come that may change the summary. */
  changed(): void {
    if (!this.#hasChanged && !this.#isReading) this.#readIn(BETWEEN_MS);
    this.#hasChanged = true;
  }

  #readIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#signal.aborted) this.#timer = setTimeout(() => void this.#again(), Math.min(ms, TIMER_MS_MAX));
  }

  async #again(): Promise<void> {
    this.#isReading = true;
    this.#hasChanged = false;
    try {
      this.#tell(await this.#read());
    } catch {
      this.#readIn(AGAIN_MS);
    } finally {
      this.#isReading = false;
    }
  }

  #tell(summary: AdwSummary): void {
    if (this.#signal.aborted) return;
    const wantedMs = this.#onSummary(summary) ?? Number.POSITIVE_INFINITY;
    const changesMs = Date.parse(summary.next_check_at ?? '') - Date.now();
    const nextMs = Math.min(wantedMs, Number.isNaN(changesMs) ? Number.POSITIVE_INFINITY : changesMs);
    if (this.#hasChanged) this.#readIn(BETWEEN_MS);
    else if (nextMs < Number.POSITIVE_INFINITY) this.#readIn(Math.max(BETWEEN_MS, nextMs));
  }
}
