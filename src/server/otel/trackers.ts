import type { FoldEvent } from '../../adw/fold.ts';
import { RunTrace } from '../../otel/spans/run.ts';
import { readAll, type Store, type StoredEvent } from '../store/store.ts';

/** Runs whose spans are kept folded; others are folded anew when something comes of them. */
const RUNS_MAX = 200;

/** One run, folded up to where the spans of the log were taken. */
export interface Tracker {
  readonly trace: RunTrace;
  /** When something came of it last, steady ms. */
  newsAt: number;
}

/** What {@link Trackers} takes. */
export interface TrackersOptions {
  readonly store: Store;
  readonly content: boolean;
  /** The seqs behind which a run was closed, in order. */
  readonly closesOf: (adwId: string) => Promise<readonly RunClose[]>;
  readonly now: () => number;
}

/** A run was taken for over, behind this seq of the log. */
export interface RunClose {
  readonly seq: number;
  readonly state: Parameters<RunTrace['close']>[0];
}

/** The folds of the runs that go on, each as it was when all up to some seq had been told. */
export class Trackers {
  readonly #options: TrackersOptions;
  readonly #kept = new Map<string, Tracker>();

  constructor(options: TrackersOptions) {
    this.#options = options;
  }

  /** The run, with everything up to `seq` behind it. Its events are read once, and the spans that were told are dropped. */
  async at(adwId: string, seq: number): Promise<Tracker> {
    const known = this.#kept.get(adwId);
    if (known !== undefined) return known;
    const trace = new RunTrace(adwId, { content: this.#options.content });
    const closes = (await this.#options.closesOf(adwId)).filter(close => close.seq <= seq);
    let next = 0;
    for await (const stored of readAll(this.#options.store, { adwId, before: seq + 1 })) {
      const event = foldEventOf(stored);
      for (; next < closes.length && closes[next]!.seq < event.seq; next += 1) trace.close(closes[next]!.state);
      trace.apply(event);
      trace.take();
    }
    for (; next < closes.length; next += 1) trace.close(closes[next]!.state);
    trace.flush();
    trace.take();
    const tracker = { trace, newsAt: this.#options.now() };
    this.#kept.set(adwId, tracker);
    return tracker;
  }

  /** Lets go of runs that nothing is open of, and of those longest silent where there are too many. */
  prune(): void {
    for (const [adwId, { trace }] of this.#kept) if (!trace.isOpen) this.#kept.delete(adwId);
    const oldest = [...this.#kept].toSorted(([, a], [, b]) => a.newsAt - b.newsAt);
    for (const [adwId] of oldest.slice(0, Math.max(0, oldest.length - RUNS_MAX))) this.#kept.delete(adwId);
  }

  /** When something came of the run last, where it is kept. */
  newsAt(adwId: string): number | undefined {
    return this.#kept.get(adwId)?.newsAt;
  }
}

/** An event of the log as folds read it. */
export function foldEventOf({ type, seq, dataJson }: StoredEvent): FoldEvent {
  return { type, seq, data: JSON.parse(dataJson) as FoldEvent['data'] };
}
