import { batch, signal } from '@preact/signals';
import { ownText } from '../../../src/adw/own-text.ts';
import { type Row, type RowEvent, rowOf } from '../../../src/adw/row.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import { BoundedMap } from '../../../src/base/bounded-map.ts';
import { AdwStreamError } from '../../../src/base/errors.ts';
import type { EventsQuery, Newest } from '../../../src/client/reads.ts';
import type { EventType } from '../../../src/event/types.ts';
import { drawn, inSlices, nextTurn } from '../base/turn.ts';
import { readFirst } from './first.ts';
import { follow, type Link } from './live.ts';
import { RowTable } from './row-table.ts';
import { source } from './source.ts';

/** ms between two tries for an ADW that the log does not hold yet. */
const WAIT_MS = 1500;
/** ms between two questions to the server how the ADW stands, while events stream in. */
const SUMMARY_MS = 500;
/** ms from one picture to the next while events stream in: each may replace every row, and the page answers its reader in between. */
const PICTURE_MS = 100;
/** Events read at once, where all of a type are. */
const PAGE_EVENTS = 1000;
/** Bodies kept in memory. */
const BODIES_MAX = 400;

/** How far the page is with an ADW. */
export type Phase = 'loading' | 'waiting' | 'ready' | 'failed';

/** Whether no run can ever have the id that was asked for: nothing is tried again. */
export const isInvalidId = (error: unknown): boolean =>
  error instanceof AdwStreamError && error.code === 'invalid_adw_id';

/** One ADW as the page holds it: its rows, its past, its connection. */
export class Session {
  readonly adwId: string;
  readonly table = signal(new RowTable());
  /** Counts changes of the table. */
  readonly revision = signal(0);
  readonly phase = signal<Phase>('loading');
  /** Why the ADW could not be read; undefined where it could. */
  readonly error = signal<unknown>(undefined);
  readonly summary = signal<AdwSummary | undefined>(undefined);
  /**
   * Whether every row is known: until then the table holds the newest alone. From then on ordinals stay what they are, and
   * filters and counts are complete.
   */
  readonly complete = signal(false);
  /** Rows of the past that have come so far, while they come. */
  readonly rowsRead = signal(0);
  readonly link = signal<Link>({ state: 'connecting' });
  /** Counts connections that came back: what could not be read meanwhile can be now. */
  readonly returns = signal(0);
  readonly #abort = new AbortController();
  readonly #bodies = new BoundedMap<number, RowEvent>(BODIES_MAX);
  /** What was read of all events of a type. */
  readonly #gathered = new Map<EventType, Promise<readonly RowEvent[]>>();
  /** Counts loads: one that another overtook stops. */
  #load = 0;
  #drawnAt = 0;
  /** Timers of the next try, the next picture and the next question how the ADW stands; 0 for none. */
  #retry = 0;
  #picture = 0;
  #summing = 0;
  #unfollow: () => void = () => {};
  /** Where events are added as they come: the table that is shown, or will be. */
  #live = new RowTable();

  constructor(adwId: string) {
    this.adwId = adwId;
    document.addEventListener('visibilitychange', this.#draw);
    void this.#start();
  }

  /** Lets go of the connection and of everything that runs. */
  close(): void {
    this.#load++;
    this.#abort.abort();
    this.#unfollow();
    for (const timer of [this.#retry, this.#picture, this.#summing]) clearTimeout(timer);
    document.removeEventListener('visibilitychange', this.#draw);
  }

  /** The body of an event, from memory or from where the data are. */
  async body(ordinal: number): Promise<RowEvent | undefined> {
    const seq = this.table.value.rowData[ordinal]?.seq;
    if (seq === undefined) return undefined;
    const event = this.#bodies.get(seq) ?? (await this.read({ after: seq - 1, before: seq + 1, limit: 1 }))[0];
    if (event) this.#bodies.set(event.seq, event);
    return event;
  }

  /** A page of events, for what only some tabs need. */
  async read(query: EventsQuery): Promise<readonly RowEvent[]> {
    return (await source().fetchEvents(this.adwId, query, this.#abort.signal)).events;
  }

  /**
   * All events of a type with their bodies, in order. Each is read once: a later call reads on where the one before ended. None while
   * the log is being read: the table that is shown until then is another one, and all of them would be read again for the whole.
   */
  all(type: EventType): Promise<readonly RowEvent[]> {
    if (!this.complete.peek()) return Promise.resolve([]);
    // What could not be read is asked for again.
    const known = this.#gathered.get(type)?.catch(() => []) ?? Promise.resolve([]);
    const all = known.then(events => this.#readOn(type, events));
    this.#gathered.set(type, all);
    return all;
  }

  async #readOn(type: EventType, known: readonly RowEvent[]): Promise<readonly RowEvent[]> {
    const events = [...known];
    for (;;) {
      const page = await this.read({ after: events.at(-1)?.seq ?? 0, limit: PAGE_EVENTS, type: [type] });
      if (page.length === 0) return events;
      events.push(...page);
    }
  }

  async #start(): Promise<void> {
    try {
      const first = await readFirst(this.adwId, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      if (first.adw !== null) return await this.#show(first);
      this.phase.value = 'waiting';
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      batch(() => {
        this.error.value = error;
        if (this.phase.value !== 'ready') this.phase.value = 'failed';
      });
      if (isInvalidId(error)) return;
    }
    this.#retry = window.setTimeout(() => void this.#start(), WAIT_MS);
  }

  /**
   * Summary and the newest events first: that is a useful page. When it is drawn, the rows of all events; they take the place
   * of the newest ones when the last has come. Bodies are read when a reader asks for one.
   */
  async #show({ adw, epoch, events }: Newest): Promise<void> {
    const load = ++this.#load;
    // In a log that was started anew the same numbers are other events'.
    this.#bodies.clear();
    this.#gathered.clear();
    const newest = new RowTable();
    for (const event of events) newest.add(this.#take(event));
    batch(() => {
      this.summary.value = adw ?? undefined;
      this.complete.value = false;
      // A table that is shown already is replaced only by a whole one: its reader is somewhere in it.
      if (this.phase.peek() !== 'ready') this.table.value = newest;
      this.phase.value = 'ready';
      this.revision.value++;
    });
    // The server reads while the browser draws.
    const rows = source().fetchRows(this.adwId, this.#abort.signal);
    rows.catch(() => {});
    await drawn();
    if (load !== this.#load) return;
    this.#live = newest;
    this.#listen(Math.max(adw?.last_seq ?? 0, newest.lastSeq), epoch);
    const whole = new RowTable();
    for await (const page of await rows) {
      await inSlices(page, row => whole.add(row));
      if (load !== this.#load) return;
      this.rowsRead.value = whole.length;
    }
    // What came live meanwhile lies behind what was read.
    for (const row of newest.rowData) whole.add(row);
    this.#live = whole;
    batch(() => {
      this.table.value = whole;
      this.complete.value = true;
      this.error.value = undefined;
      this.revision.value++;
    });
    void this.#summarize();
  }

  /** What a reader opens of what came with its body needs no other answer. */
  #take(event: RowEvent): Row {
    this.#bodies.set(event.seq, event);
    const row = rowOf(event);
    // Fifty thousand lines that are parts of bodies would keep all of these alive.
    return { ...row, summary: ownText(row.summary) };
  }

  #listen(after: number, epoch: string): void {
    this.#unfollow();
    if (source().exported) this.link.value = { state: 'exported' };
    else
      this.#unfollow = follow(this.adwId, {
        after,
        epoch,
        onEvents: events => {
          // At once: what waited for the next picture would make that one longer.
          for (const event of events) this.#live.add(this.#take(event));
          this.#schedule();
        },
        onLink: link => {
          if (link.state === 'live' && this.link.peek().state === 'retrying') this.returns.value++;
          this.link.value = link;
        },
        onResync: () => void this.#start(),
      });
  }

  #schedule(): void {
    if (document.hidden || this.#picture !== 0) return;
    const wait = Math.max(0, this.#drawnAt + PICTURE_MS - performance.now());
    this.#picture = window.setTimeout(() => requestAnimationFrame(this.#draw), wait);
  }

  /** Nothing is drawn while the page is hidden; all that came meanwhile when it is shown again. */
  readonly #draw = (): void => {
    this.#picture = 0;
    if (document.hidden) return;
    this.revision.value++;
    // When the browser has laid it out.
    void nextTurn().then(() => {
      this.#drawnAt = performance.now();
    });
    if (this.#summing === 0) this.#summing = window.setTimeout(() => void this.#summarize(), SUMMARY_MS);
  };

  /** Asks the server how the ADW stands: the list, the commands and this page say the same. */
  async #summarize(): Promise<void> {
    try {
      const summary = await source().fetchAdw(this.adwId, this.#abort.signal);
      if (summary.last_seq >= (this.summary.peek()?.last_seq ?? 0)) this.summary.value = summary;
    } catch {
      // The link says that the server does not answer; the next event asks again.
    }
    this.#summing = 0;
  }
}
