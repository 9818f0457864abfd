import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { AdwState } from '../../../src/adw/state.ts';
import { summarize } from '../../../src/adw/summary.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';
import type { EventsQuery } from '../../../src/client/reads.ts';
import type { EventType } from '../../../src/event/schema.ts';
import { asAny, type EventIndex, reads } from './api.ts';
import type { AnyEvent } from './facts.ts';
import { History } from './history.ts';
import { follow, type Link } from './live.ts';
import { EventLog } from './log.ts';
import { readPositions } from './positions.ts';

/** Every type but raw chunks: what rows, fold and filters are made of. The chunks are read where raw lines are shown. */
const BODY_TYPES: readonly EventType[] = [
  'status_update',
  'workflow_log',
  'agent_log',
  'agent_summary_update',
  'summary_update',
  'thinking_block',
  'text_block',
  'tool_use_pre',
  'tool_use_post',
  'file_changed',
  'workflow_phase_transition',
  'stage_transition',
  'screenshot_available',
  'spec_created',
  'agent_created',
  'agent_updated',
  'agent_deleted',
  'agent_status_change',
  'orchestrator_updated',
  'system_log',
  'chat_message',
  'session_started',
  'session_ended',
  'attempt_started',
  'usage_update',
  'todo_update',
  'artifact',
  'malformed_line',
  'adw_status',
];

/** Events in the first page: what fills a tall screen, and a little more. */
const FIRST_EVENTS = 200;
const PAGE_EVENTS = 1000;
/** Beyond every seq: the newest page. */
const NEWEST = 999_999_999_999_999;
/** ms between two tries for an ADW that the log does not hold yet. */
const WAIT_MS = 1500;
/** ms without an event after which a running ADW counts as stalled; the server's default. */
const STALL_MS = 300_000;
/** ms between two summaries of the fold while events stream in. */
const SUMMARY_MS = 250;
/** Bodies kept in memory. */
const BODIES_MAX = 400;

/** How far the page is with an ADW. */
export type Phase = 'loading' | 'waiting' | 'ready' | 'failed';

/** One ADW as the page holds it: its log, its fold, its connection. */
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
  /** Whether every body has been seen, so that fold, filters and counts are complete. */
  readonly complete = signal(false);
  readonly link: ReadonlySignal<Link>;
  readonly #link = signal<Link>({ state: 'connecting' });
  readonly #abort = new AbortController();
  readonly #bodies = new Map<number, AnyEvent>();
  #history: History;
  #queue: AnyEvent[] = [];
  /** Events that came live while the past was still being folded. */
  #unfolded: AnyEvent[] | undefined = [];
  #frame = 0;
  #timer = 0;
  #summaryTimer = 0;
  #unfollow: () => void = () => {};

  constructor(adwId: string) {
    this.adwId = adwId;
    this.link = this.#link;
    this.#history = new History(adwId);
    document.addEventListener('visibilitychange', this.#schedule);
    void this.#start();
  }

  /** Lets go of the connection and of everything that runs. */
  close(): void {
    this.#abort.abort();
    this.#unfollow();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    clearTimeout(this.#summaryTimer);
    document.removeEventListener('visibilitychange', this.#schedule);
  }

  /** The body of an event, from memory or from the server. */
  async body(ordinal: number): Promise<AnyEvent | undefined> {
    const seq = this.log.value.seq[ordinal];
    if (seq === undefined) return undefined;
    const known = this.#bodies.get(seq);
    if (known) return known;
    const [event] = await this.read({ after: seq - 1, before: seq + 1, limit: 1 });
    if (event) this.#keep(event);
    return event;
  }

  /** The body of an event if it is in memory. */
  bodyNow(ordinal: number): AnyEvent | undefined {
    return this.#bodies.get(this.log.value.seq[ordinal] ?? -1);
  }

  /** Reads bodies around rows that are on the screen and not known yet. */
  async want(first: number, last: number): Promise<void> {
    const log = this.log.value;
    let missing = first;
    while (missing <= last && log.facts[missing] !== undefined) missing++;
    if (missing > last) return;
    const events = await this.read({ after: log.seq[missing]! - 1, limit: FIRST_EVENTS });
    for (const event of events) log.add(event);
    this.revision.value++;
  }

  /** A page of events, for what only some tabs need. */
  async read(query: EventsQuery): Promise<readonly AnyEvent[]> {
    return (await reads.fetchEvents(this.adwId, query, this.#abort.signal)).events.map(asAny);
  }

  /** The summary as it was after the event `seq`, at time `nowMs`. */
  async summaryAt(seq: number, nowMs: number): Promise<AdwSummary> {
    const read = (after: number) => this.read({ after, limit: PAGE_EVENTS, type: BODY_TYPES });
    return summarize(await this.#history.stateAt(seq, read), nowMs, { stallTimeoutMs: STALL_MS });
  }

  /** The fold's state now, for what the summary leaves out. */
  get state(): AdwState {
    return this.#history.state;
  }

  async #start(): Promise<void> {
    try {
      if (await this.#isKnown()) return await this.#load();
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

  /** Asked of reads that answer for unknown ids too: a page that waits should not fill the console with refusals. */
  async #isKnown(): Promise<boolean> {
    if ((await readPositions(this.adwId)).length > 0) return true;
    const { adws } = await reads.fetchAdws(this.#abort.signal);
    return adws.some(adw => adw.adw_id === this.adwId);
  }

  /**
   * Summary and the newest events first: that is a useful page. Then the columns of the whole, then all bodies from the
   * beginning, for the fold.
   */
  async #load(): Promise<void> {
    const signal = this.#abort.signal;
    const columns = reads.fetchIndex(this.adwId, signal);
    const [summary, newest] = await Promise.all([
      reads.fetchAdw(this.adwId, signal),
      reads.fetchEvents(this.adwId, { before: NEWEST, limit: FIRST_EVENTS, type: BODY_TYPES }, signal),
    ]);
    const events = newest.events.map(asAny);
    for (const event of events) this.#keep(event);
    this.#history = new History(this.adwId);
    this.#unfolded = [];
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
    const index = await columns;
    const log = new EventLog();
    log.addIndex(index);
    batch(() => {
      show(log);
      this.indexed.value = true;
    });
    this.#listen(index);
    await this.#fold();
  }

  async #fold(): Promise<void> {
    for (let after = 0; ; ) {
      const page = await reads.fetchEvents(
        this.adwId,
        { after, limit: PAGE_EVENTS, type: BODY_TYPES },
        this.#abort.signal,
      );
      for (const event of page.events.map(asAny)) {
        this.log.value.add(event);
        this.#history.apply(event);
      }
      after = page.events.at(-1)?.seq ?? after;
      this.revision.value++;
      if (!page.more) break;
    }
    const late = this.#unfolded ?? [];
    this.#unfolded = undefined;
    for (const event of late) this.#history.apply(event);
    batch(() => {
      this.complete.value = true;
      this.#summarize();
    });
  }

  #listen(index: EventIndex): void {
    this.#unfollow();
    this.#unfollow = follow(this.adwId, {
      after: index.last_seq,
      epoch: index.epoch,
      onEvents: events => {
        for (const event of events) this.#queue.push(event);
        this.#schedule();
      },
      onLink: link => {
        this.#link.value = link;
      },
      onResync: () => {
        this.#queue = [];
        void this.#start();
      },
    });
  }

  /** Nothing is drawn while the page is hidden: then events are only taken in, once a second. */
  readonly #schedule = (): void => {
    if (this.#queue.length === 0) {
      if (!document.hidden) this.revision.value++;
      return;
    }
    if (document.hidden) {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#flush(), 1000);
    } else if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#flush();
      });
    }
  };

  #flush(): void {
    const events = this.#queue;
    this.#queue = [];
    const log = this.log.value;
    for (const event of events) {
      log.add(event);
      if (event.type === 'agent_output_chunk') continue;
      if (this.#unfolded) this.#unfolded.push(event);
      else this.#history.apply(event);
    }
    if (document.hidden) return;
    this.revision.value++;
    if (this.#summaryTimer === 0 && !this.#unfolded) {
      this.#summaryTimer = window.setTimeout(() => this.#summarize(), SUMMARY_MS);
    }
  }

  #summarize(): void {
    this.#summaryTimer = 0;
    const lines = this.summary.value?.totals.lines ?? 0;
    const summary = summarize(this.#history.state, Date.now(), { stallTimeoutMs: STALL_MS });
    this.summary.value = { ...summary, totals: { ...summary.totals, lines } };
  }

  #keep(event: AnyEvent): void {
    this.#bodies.set(event.seq, event);
    if (this.#bodies.size > BODIES_MAX) this.#bodies.delete(this.#bodies.keys().next().value!);
  }
}
