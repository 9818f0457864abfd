import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { summarize } from '../../../src/adw/summary.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { BoundedMap } from '../../../src/base/bounded-map.ts';
import type { EventsQuery } from '../../../src/client/reads.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';
import { drawn, inSlices, nextTurn } from '../base/turn.ts';
import { asAny, type EventIndex, source } from './api.ts';
import { FIRST_EVENTS, type First, takeFirst } from './first.ts';
import { History } from './history.ts';
import { follow, type Link } from './live.ts';
import { EventLog } from './log.ts';
import type { Past } from './past.ts';
import type { AnyEvent } from './row-data.ts';

const PAGE_EVENTS = 1000;
/** ms between two tries for an ADW that the log does not hold yet. */
const WAIT_MS = 1500;
/** ms between two questions to the server how the ADW stands, while events stream in. */
const SUMMARY_MS = 500;
/** Least ms between two pictures while events stream in: more than ten a second cannot be read, and each may replace every row. */
const PICTURE_MS = 100;
/** The share of the time that pictures may take: on a slow machine there are fewer, and the page answers its reader. */
const PICTURE_SHARE = 1 / 3;
/** ms between two pictures while the rows of the past come: each goes through all of them. */
const FILLING_MS = 400;
/** Bodies kept in memory. */
const BODIES_MAX = 400;

/** How far the page is with an ADW. */
export type Phase = 'loading' | 'waiting' | 'ready' | 'failed';

/** One ADW as the page holds it: its log, its past, its connection. */
export class Session {
  readonly adwId: string;
  readonly log = signal(new EventLog());
  /** Counts changes of the log. */
  readonly revision = signal(0);
  readonly phase = signal<Phase>('loading');
  readonly error = signal('');
  readonly summary = signal<AdwSummary | undefined>(undefined);
  /** Whether the log's columns are whole: from then on ordinals stay what they are. */
  readonly indexed = signal(false);
  /** Whether every row is known, so that filters and counts are complete. */
  readonly complete = signal(false);
  readonly link: ReadonlySignal<Link>;
  /** Counts connections that came back: what could not be read meanwhile can be now. */
  readonly returns = signal(0);
  readonly #link = signal<Link>({ state: 'connecting' });
  readonly #abort = new AbortController();
  readonly #bodies = new BoundedMap<number, AnyEvent>(BODIES_MAX);
  #history: History;
  #frame = 0;
  #pictureAt = 0;
  /** How long the last picture took, ms. */
  #pictureMs = 0;
  #pause = 0;
  /** Counts loads: one that another overtook stops. */
  #load = 0;
  #timer = 0;
  #summaryTimer = 0;
  #unfollow: () => void = () => {};

  constructor(adwId: string) {
    this.adwId = adwId;
    this.link = this.#link;
    this.#history = new History(adwId);
    document.addEventListener('visibilitychange', this.#draw);
    void this.#start();
  }

  /** Lets go of the connection and of everything that runs. */
  close(): void {
    this.#load++;
    this.#abort.abort();
    this.#unfollow();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
    clearTimeout(this.#summaryTimer);
    document.removeEventListener('visibilitychange', this.#draw);
  }

  /** The body of an event, from memory or from where the data are. */
  async body(ordinal: number): Promise<AnyEvent | undefined> {
    const seq = this.log.value.seq[ordinal];
    if (seq === undefined) return undefined;
    const known = this.#bodies.get(seq);
    if (known) return known;
    const [event] = await this.read({ after: seq - 1, before: seq + 1, limit: 1 });
    if (event) this.#bodies.set(event.seq, event);
    return event;
  }

  /** Reads bodies around rows that are on the screen and not known yet. */
  async want(first: number, last: number): Promise<void> {
    const log = this.log.value;
    let missing = first;
    while (missing <= last && log.rowData[missing] !== undefined) missing++;
    if (missing > last) return;
    const events = await this.read({ after: log.seq[missing]! - 1, limit: FIRST_EVENTS });
    for (const event of events) log.add(event);
    this.revision.value++;
  }

  /** A page of events, for what only some tabs need. */
  async read(query: EventsQuery): Promise<readonly AnyEvent[]> {
    return (await source().fetchEvents(this.adwId, query, this.#abort.signal)).events.map(asAny);
  }

  /**
   * The summary as it was after the event `seq`, at time `nowMs`; undefined before the server has said how long a run may
   * be silent.
   */
  async summaryAt(seq: number, nowMs: number): Promise<AdwSummary | undefined> {
    const limits = this.summary.peek()?.limits;
    if (limits === undefined) return undefined;
    const read = (after: number) => this.read({ after, limit: PAGE_EVENTS, type: ROW_TYPES });
    const [stallTimeoutMs, settleMs] = [limits.stall_timeout_ms, limits.settle_ms];
    return summarize(await this.#history.stateAt(seq, read), nowMs, { stallTimeoutMs, settleMs });
  }

  async #start(): Promise<void> {
    try {
      const first = await takeFirst(this.adwId, this.#abort.signal);
      if (first) return await this.#show(first);
      this.phase.value = 'waiting';
      this.#timer = window.setTimeout(() => void this.#start(), WAIT_MS);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      batch(() => {
        this.error.value = error instanceof Error ? error.message : String(error);
        if (this.phase.value !== 'ready') this.phase.value = 'failed';
      });
      this.#timer = window.setTimeout(() => void this.#start(), WAIT_MS * 2);
    }
  }

  /**
   * Summary and the newest events first: that is a useful page. When it is drawn, the columns of the whole, then all
   * rows from the beginning. Bodies are read when a reader asks for one.
   */
  async #show({ summary, events, past }: First): Promise<void> {
    const load = ++this.#load;
    // In a log that was started anew the same numbers are other events'.
    this.#bodies.clear();
    for (const event of events) this.#bodies.set(event.seq, event);
    this.#history = new History(this.adwId);
    const show = (log: EventLog) => {
      for (const event of events) log.add(event);
      this.log.value = log;
      this.complete.value = false;
      this.phase.value = 'ready';
      this.revision.value++;
    };
    batch(() => {
      this.summary.value = summary;
      // A log that is shown already is replaced only by a whole one: its reader is somewhere in it.
      if (this.phase.peek() !== 'ready') show(new EventLog());
      this.indexed.value = false;
    });
    await drawn();
    const index = await past.index;
    const log = new EventLog();
    await inSlices(log.indexSteps(index), step => step());
    if (load !== this.#load) return;
    batch(() => {
      show(log);
      this.indexed.value = true;
      this.error.value = '';
    });
    this.#listen(index);
    await this.#fill(load, past);
  }

  async #fill(load: number, past: Past): Promise<void> {
    const log = this.log.value;
    let shownAt = performance.now();
    for await (const rows of past.rows) {
      await inSlices(rows, row => log.addRow(row));
      if (load !== this.#load) return;
      if (performance.now() - shownAt < FILLING_MS) continue;
      this.revision.value++;
      shownAt = performance.now();
    }
    batch(() => {
      this.revision.value++;
      this.complete.value = true;
    });
    void this.#summarize();
  }

  #listen(index: EventIndex): void {
    this.#unfollow();
    if (source().exported) {
      this.#link.value = { state: 'exported' };
      return;
    }
    this.#unfollow = follow(this.adwId, {
      after: index.last_seq,
      epoch: index.epoch,
      onEvents: events => {
        // At once: what waited for the next picture would make that one longer.
        for (const event of events) this.log.value.add(event);
        this.#schedule();
      },
      onLink: link => {
        if (link.state === 'live' && this.#link.peek().state === 'retrying') this.returns.value++;
        this.#link.value = link;
      },
      onResync: () => void this.#start(),
    });
  }

  #schedule(): void {
    if (document.hidden || this.#frame !== 0 || this.#pause !== 0) return;
    const paceMs = Math.max(PICTURE_MS, this.#pictureMs / PICTURE_SHARE);
    const wait = this.#pictureAt + paceMs - performance.now();
    if (wait > 0) {
      this.#pause = window.setTimeout(() => {
        this.#pause = 0;
        this.#schedule();
      }, wait);
      return;
    }
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#pictureAt = performance.now();
      this.#draw();
      void nextTurn().then(() => {
        this.#pictureMs = performance.now() - this.#pictureAt;
      });
    });
  }

  /** Nothing is drawn while the page is hidden; all that came meanwhile when it is shown again. */
  readonly #draw = (): void => {
    if (document.hidden) return;
    this.revision.value++;
    if (this.#summaryTimer === 0) this.#summaryTimer = window.setTimeout(() => void this.#summarize(), SUMMARY_MS);
  };

  /** Asks the server how the ADW stands: the list, the commands and this page say the same. */
  async #summarize(): Promise<void> {
    try {
      const summary = await source().fetchAdw(this.adwId, this.#abort.signal);
      if (summary.last_seq >= (this.summary.peek()?.last_seq ?? 0)) this.summary.value = summary;
    } catch {
      // The link says that the server does not answer; the next event asks again.
    }
    this.#summaryTimer = 0;
  }
}
