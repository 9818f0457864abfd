import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { ownText } from '../../../src/adw/own-text.ts';
import { rowOf } from '../../../src/adw/row.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { BoundedMap } from '../../../src/base/bounded-map.ts';
import type { EventsQuery } from '../../../src/client/reads.ts';
import { drawn, inSlices, nextTurn } from '../base/turn.ts';
import { asAny, source } from './api.ts';
import { type First, takeFirst } from './first.ts';
import { follow, type Link } from './live.ts';
import { EventLog } from './log.ts';
import type { AnyEvent } from './row-data.ts';
import type { Rows } from './source.ts';

/** ms between two tries for an ADW that the log does not hold yet. */
const WAIT_MS = 1500;
/** ms between two questions to the server how the ADW stands, while events stream in. */
const SUMMARY_MS = 500;
/** Least ms between two pictures while events stream in: more than ten a second cannot be read, and each may replace every row. */
const PICTURE_MS = 100;
/** The share of the time that pictures may take: on a slow machine there are fewer, and the page answers its reader. */
const PICTURE_SHARE = 1 / 3;
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
  /**
   * Whether every row is known: until then the log holds the newest alone. From then on ordinals stay what they are, and
   * filters and counts are complete.
   */
  readonly complete = signal(false);
  /** Rows of the past that have come so far, while they come. */
  readonly rowsRead = signal(0);
  readonly link: ReadonlySignal<Link>;
  /** Counts connections that came back: what could not be read meanwhile can be now. */
  readonly returns = signal(0);
  readonly #link = signal<Link>({ state: 'connecting' });
  readonly #abort = new AbortController();
  readonly #bodies = new BoundedMap<number, AnyEvent>(BODIES_MAX);
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
  /** Where events are added as they come: the log that is shown, or will be. */
  #live = new EventLog();

  constructor(adwId: string) {
    this.adwId = adwId;
    this.link = this.#link;
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

  /** A page of events, for what only some tabs need. */
  async read(query: EventsQuery): Promise<readonly AnyEvent[]> {
    return (await source().fetchEvents(this.adwId, query, this.#abort.signal)).events.map(asAny);
  }

  async #start(): Promise<void> {
    try {
      const first = await takeFirst(this.adwId, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
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
   * Summary and the newest events first: that is a useful page. When it is drawn, the rows of all events; they take the place
   * of the newest ones when the last has come. Bodies are read when a reader asks for one.
   */
  async #show({ newest: { adw, epoch, events }, rows }: First): Promise<void> {
    const load = ++this.#load;
    // In a log that was started anew the same numbers are other events'.
    this.#bodies.clear();
    const newest = new EventLog();
    for (const event of events.map(asAny)) this.#add(event, newest);
    batch(() => {
      this.summary.value = adw ?? undefined;
      this.complete.value = false;
      // A log that is shown already is replaced only by a whole one: its reader is somewhere in it.
      if (this.phase.peek() !== 'ready') this.log.value = newest;
      this.phase.value = 'ready';
      this.revision.value++;
    });
    await drawn();
    if (load !== this.#load) return;
    this.#listen({ after: Math.max(adw?.last_seq ?? 0, newest.lastSeq), epoch, log: newest });
    const whole = await this.#readWhole(await rows, load);
    if (load !== this.#load) return;
    // What came live meanwhile lies behind what was read.
    for (const row of newest.rowData) whole.add(row);
    this.#live = whole;
    batch(() => {
      this.log.value = whole;
      this.complete.value = true;
      this.error.value = '';
      this.revision.value++;
    });
    void this.#summarize();
  }

  async #readWhole({ pages }: Rows, load: number): Promise<EventLog> {
    const log = new EventLog();
    for await (const page of pages) {
      await inSlices(page, row => log.add(row));
      if (load !== this.#load) break;
      this.rowsRead.value = log.length;
    }
    return log;
  }

  #add(event: AnyEvent, log: EventLog): void {
    // What a reader opens of what came live needs no other answer.
    this.#bodies.set(event.seq, event);
    const row = rowOf(event);
    // Fifty thousand lines that are parts of bodies would keep all of these alive.
    log.add({ ...row, summary: ownText(row.summary) });
  }

  #listen({ after, epoch, log }: { after: number; epoch: string; log: EventLog }): void {
    this.#unfollow();
    this.#live = log;
    if (source().exported) {
      this.#link.value = { state: 'exported' };
      return;
    }
    this.#unfollow = follow(this.adwId, {
      after,
      epoch,
      onEvents: events => {
        // At once: what waited for the next picture would make that one longer.
        for (const event of events) this.#add(event, this.#live);
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
