import { applyEvent, type FoldEvent, initialState } from './fold.ts';
import { isGuessed as isGuessedTime } from './fold-times.ts';
import { timeOf } from './read.ts';
import { isGuessed } from './role-summary.ts';
import type { JudgementLimits } from './silence.ts';
import type { AdwState } from './state.ts';
import { summarize } from './summary.ts';
import type { AdwSummary } from './summary-shape.ts';

/** Events between two snapshots: what a step back folds at most. */
const SNAPSHOT_EVENTS = 1000;
/** Snapshots of one run. Prevents a run without end from taking memory without end: of more, every second one goes. */
const SNAPSHOTS_MAX = 64;

interface Snapshot {
  readonly seq: number;
  readonly json: string;
  readonly guessedMs: number;
}

/** Answers events after a seq, in seq order: as many as it likes, none where there are no more. */
export type ReadAfter = (after: number) => Promise<readonly FoldEvent[]>;

/**
 * The states that an ADW was in: the state at any seq is that of the nearest snapshot, and the events after it. Steps
 * forwards go on from where the last one ended. One question at a time: the others wait for it.
 */
export class History {
  readonly #adwId: string;
  readonly #read: ReadAfter;
  #snapshots: Snapshot[] = [];
  #snapshotEvents = SNAPSHOT_EVENTS;
  #sinceSnapshot = 0;
  #state: AdwState;
  /** The seq up to which {@link #state} is folded: some events leave its own where it is. */
  #seq = 0;
  /** The newest time in log order that was worked out from a file's, ms since the Unix epoch. */
  #guessedMs = 0;
  /** Read and not folded yet. */
  #ahead: readonly FoldEvent[] = [];
  #work: Promise<unknown> = Promise.resolve();

  constructor(adwId: string, read: ReadAfter) {
    this.#adwId = adwId;
    this.#read = read;
    this.#state = initialState(adwId);
  }

  /**
   * The summary after the event `seq`, judged at the time of the newest event until then. Where times are worked out from those of files,
   * which a copy sets anew, the moment is the last line's, and nothing tells how long the other roles were silent.
   * @throws what reading throws; the next question begins anew
   */
  summaryAt(seq: number, limits: JudgementLimits): Promise<AdwSummary> {
    const answer = this.#work.then(async () => {
      await this.#goTo(seq);
      const state = this.#state;
      return isGuessed(state)
        ? summarize(state, this.#guessedMs, { ...limits, isSilenceUnknown: true })
        : summarize(state, state.newest.ms ?? 0, limits);
    });
    this.#work = answer.catch(() => {});
    return answer;
  }

  async #goTo(seq: number): Promise<void> {
    const nearest = this.#snapshots.findLast(snapshot => snapshot.seq <= seq);
    if (this.#seq > seq || (nearest !== undefined && nearest.seq > this.#seq)) this.#restore(nearest);
    for (;;) {
      for (const event of this.#ahead) {
        // What is left of a page is for the next step.
        if (event.seq > seq) return;
        if (event.seq > this.#seq) this.#take(event);
      }
      this.#ahead = await this.#read(this.#seq);
      if (this.#ahead.length === 0) return;
    }
  }

  #restore(snapshot: Snapshot | undefined): void {
    this.#state = snapshot ? (JSON.parse(snapshot.json) as AdwState) : initialState(this.#adwId);
    this.#seq = snapshot?.seq ?? 0;
    this.#guessedMs = snapshot?.guessedMs ?? 0;
    this.#ahead = [];
  }

  #take(event: FoldEvent): void {
    this.#state = applyEvent(this.#state, event);
    this.#seq = event.seq;
    if (isGuessedTime(event.data.timing)) this.#guessedMs = timeOf(event.data.timestamp) ?? this.#guessedMs;
    if (event.seq <= (this.#snapshots.at(-1)?.seq ?? 0) || ++this.#sinceSnapshot < this.#snapshotEvents) return;
    this.#sinceSnapshot = 0;
    this.#snapshots.push({ seq: event.seq, json: JSON.stringify(this.#state), guessedMs: this.#guessedMs });
    if (this.#snapshots.length < SNAPSHOTS_MAX) return;
    this.#snapshots = this.#snapshots.filter((_, at) => at % 2 === 1);
    this.#snapshotEvents *= 2;
  }
}
