import { setImmediate as nextTurn } from 'node:timers/promises';
import { applyEvent, FOLD_VERSION, initialState } from '../../adw/fold.ts';
import { judge, turnedMs } from '../../adw/judgement.ts';
import { isEnded, type RunJudgement } from '../../adw/run-state.ts';
import type { JudgementLimits, Present } from '../../adw/silence.ts';
import type { AdwState } from '../../adw/state.ts';
import { summarize } from '../../adw/summary.ts';
import type { AdwStatus, AdwSummary } from '../../adw/summary-shape.ts';
import { type Clock, isoTime } from '../../base/clock.ts';
import { AdwStreamError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { columnsOf } from '../../event/columns.ts';
import { shortHash } from '../../event/id.ts';
import { PAGE_CHARS_MAX, PAGE_EVENTS_MAX } from '../../event/limits.ts';
import type { RunState } from '../../event/run-state.ts';
import { searchTextOf } from '../../event/search-text.ts';
import { type AppendEvent, isFullPage, type Store, type TailedEvent } from '../store/store.ts';

/** What {@link createStates} takes. */
export interface StatesOptions {
  readonly store: Store;
  readonly limits: JudgementLimits;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The folded state of every ADW, up to the newest durable event. */
export interface States {
  /**
   * Resolves once the past has been folded; until then what the others tell is of a part of the log. That is at once where
   * there are snapshots, and a second for each 100,000 events where there are none that this code wrote.
   */
  readonly ready: Promise<void>;
  /** Summaries of all ADWs, the one with the newest event first. */
  all(): AdwSummary[];
  /** One summary, or undefined for an ADW that the log does not know. */
  one(adwId: string): AdwSummary | undefined;
  /** The ids of all ADWs. */
  ids(): readonly string[];
  /** The newest `adw_status` of an ADW, and the id of that event. */
  said(adwId: string): Said | undefined;
  /** Since when an ADW has been in its state; see `turnedMs` of the judgement. */
  turnedMs(adwId: string): number | null;
  /** Whether the log holds an event of this ADW. */
  has(adwId: string): boolean;
  /** ADWs that retention must not touch. */
  running(): ReadonlySet<string>;
  /** Ids of all ADWs with the seq of their newest event. */
  heads(): readonly AdwHead[];
  /** The state of an ADW of which nothing more is expected; undefined for every other. */
  ended(adwId: string): RunState | undefined;
  /** Takes what retention removed out of the picture: ADWs that the log holds no more. Answers which. */
  forgetGone(): Promise<readonly AdwHead[]>;
  /** Stops following the log and saves snapshots of what changed. */
  close(): Promise<void>;
}

/** An ADW, and the seq of its newest event. */
export interface AdwHead {
  readonly adwId: string;
  readonly lastSeq: number;
}

/** ms between two reviews of statuses. A change is said when two reviews agree, so that a burst is not told step by step. */
const REVIEW_MS = 500;
/** ms between two savings of snapshots. After a kill, a start folds at most what came in since. */
const SNAPSHOT_MS = 30_000;
/** Events of an ADW below which a snapshot saves nothing. */
const SNAPSHOT_EVENTS_MIN = 500;

/** What an `adw_status` event said. */
export interface Said {
  readonly status: string;
  readonly eventId: string;
}

interface Entry {
  state: AdwState;
  /** Whether the past has been folded, so that what is committed can be applied as it comes. */
  live: boolean;
  /** The newest seq that was committed while it was not. */
  newest: number;
  /** Events applied since the last snapshot. */
  unsaved: number;
  /** The last status that was said as an `adw_status` event. */
  said: Said | undefined;
  /** What the last review found. */
  seen: AdwStatus | undefined;
}

/**
 * Folds the log into the state of each ADW: from snapshots, over the events after them, and then along with the log. The
 * past is read while the server works: nothing that is committed meanwhile is kept in memory, because reading comes by it.
 */
export function createStates({ store, limits, clock, log }: StatesOptions): States {
  const entries = new Map<string, Entry>();
  const past = { listed: false, stopped: false };
  const entryOf = (adwId: string): Entry => {
    const known = entries.get(adwId);
    if (known !== undefined) return known;
    const state = initialState(adwId);
    // Once all ADWs with a past are listed, another one has none.
    const entry: Entry = { state, live: past.listed, newest: 0, unsaved: 0, said: undefined, seen: undefined };
    entries.set(adwId, entry);
    return entry;
  };
  const untail = store.tail(events => {
    for (const event of events) {
      const entry = entryOf(event.adwId);
      if (entry.live) apply(entry, event);
      else entry.newest = event.seq;
    }
  });
  const ready = foldPast({ store, entries, entryOf, past });
  ready.catch(error => {
    if (!past.stopped) log.report('fold_failed', { error: messageOf(error) });
  });

  let work: Promise<void> = Promise.resolve();
  const inTurn = (job: () => Promise<void>): void => {
    work = work.then(job).catch(error => log.report('states_failed', { error: messageOf(error) }));
  };
  const review = setInterval(() => inTurn(() => sayStatuses({ store, entries, limits, clock })), REVIEW_MS);
  const saving = setInterval(() => inTurn(() => saveSnapshots(store, entries, SNAPSHOT_EVENTS_MIN)), SNAPSHOT_MS);
  review.unref();
  saving.unref();

  return {
    ready,
    ...readsOf(entries, () => ({ nowMs: clock.now(), ...limits })),
    forgetGone: () => forgetGone(store, entries),
    close: async () => {
      clearInterval(review);
      clearInterval(saving);
      untail();
      past.stopped = true;
      await ready.catch(() => undefined);
      inTurn(() => saveSnapshots(store, entries, 1));
      await work;
    },
  };
}

type StateReads = Pick<States, 'all' | 'one' | 'ids' | 'said' | 'turnedMs' | 'has' | 'running' | 'heads' | 'ended'>;

/** What is asked of the states, as they are at the moment. */
function readsOf(entries: ReadonlyMap<string, Entry>, present: () => Present): StateReads {
  const summary = ({ state }: Entry): AdwSummary => {
    const { nowMs, ...limits } = present();
    return summarize(state, nowMs, limits);
  };
  return {
    all: () =>
      [...entries.values()]
        .map(summary)
        .sort((a, b) => (b.last_event_at ?? '').localeCompare(a.last_event_at ?? '') || b.last_seq - a.last_seq),
    one: adwId => {
      const entry = entries.get(adwId);
      return entry && summary(entry);
    },
    ids: () => [...entries.keys()],
    said: adwId => entries.get(adwId)?.said,
    turnedMs: adwId => {
      const entry = entries.get(adwId);
      return entry === undefined ? null : turnedMs(entry.state, present());
    },
    has: adwId => entries.has(adwId),
    running: () =>
      new Set(
        [...entries.values()]
          .filter(({ state }) => !isEnded(judge(state, present()).state))
          .map(({ state }) => state.adwId),
      ),
    heads: () => [...entries.values()].map(headOf),
    ended: adwId => {
      const entry = entries.get(adwId);
      const state = entry && judge(entry.state, present()).state;
      return state !== undefined && isEnded(state) ? state : undefined;
    },
  };
}

async function forgetGone(store: Store, entries: Map<string, Entry>): Promise<AdwHead[]> {
  const kept = new Set(await store.adwIds());
  const gone = [...entries.values()].map(headOf).filter(({ adwId }) => !kept.has(adwId));
  for (const { adwId } of gone) entries.delete(adwId);
  return gone;
}

function headOf({ state: { adwId, lastSeq } }: Entry): AdwHead {
  return { adwId, lastSeq };
}

interface PastOptions {
  readonly store: Store;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly entryOf: (adwId: string) => Entry;
  readonly past: { listed: boolean; stopped: boolean };
}

/** Folds what is in the log already: per ADW from its snapshot, where there is one that this code wrote, the newest first. */
async function foldPast({ store, entries, entryOf, past }: PastOptions): Promise<void> {
  for (const { adwId, seq, version, stateJson } of await store.snapshots()) {
    if (version !== FOLD_VERSION || seq > store.lastSeq) continue;
    const saved = JSON.parse(stateJson) as { state: AdwState; said?: Said };
    Object.assign(entryOf(adwId), { state: saved.state, said: saved.said });
  }
  for (const adwId of await store.adwIds()) entryOf(adwId);
  const behind = [...entries.values()].reverse();
  past.listed = true;
  for (const entry of behind) await catchUp(store, entry, past);
  if (past.stopped) throw new AdwStreamError('store_unavailable', 'The server shuts down.');
}

/** Folds one ADW up to the head, and lets it go on with the log: between the last page and that there is no `await`. */
async function catchUp(store: Store, entry: Entry, past: PastOptions['past']): Promise<void> {
  const { adwId, lastSeq } = entry.state;
  // A cursor of its own: there are events that leave the state where it is.
  let after = lastSeq;
  while (!entry.live && !past.stopped) {
    // A store may answer without leaving this turn of the event loop; sockets want theirs.
    await nextTurn();
    const query = { adwId, after, limit: PAGE_EVENTS_MAX, charsMax: PAGE_CHARS_MAX };
    const page = await store.read(query);
    for (const event of page) apply(entry, event);
    after = page.at(-1)?.seq ?? after;
    // An empty page ends it as well: retention may have taken what was committed.
    entry.live = page.length === 0 || (!isFullPage(page, query) && entry.newest <= after);
  }
}

/** Applies an event that the state has not seen. */
function apply(entry: Entry, event: TailedEvent): void {
  const { seq, type } = event;
  if (seq <= entry.state.lastSeq) return;
  const data = event.data ?? (JSON.parse(event.dataJson) as Record<string, unknown>);
  entry.state = applyEvent(entry.state, { type, seq, data });
  entry.unsaved += 1;
  if (type === 'adw_status') entry.said = { status: String(data.status), eventId: String(data.event_id) };
}

/** Saves the states that at least `eventsMin` events changed since they were last saved. */
async function saveSnapshots(store: Store, entries: ReadonlyMap<string, Entry>, eventsMin: number): Promise<void> {
  for (const [adwId, entry] of entries) {
    if (entry.unsaved < eventsMin) continue;
    const { state, said } = entry;
    entry.unsaved = 0;
    const stateJson = JSON.stringify(said === undefined ? { state } : { state, said });
    await store.saveSnapshot({ adwId, seq: state.lastSeq, version: FOLD_VERSION, stateJson });
  }
}

interface SayOptions {
  readonly store: Store;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly limits: JudgementLimits;
  readonly clock: Clock;
}

/**
 * Puts changed statuses into the log. The id of such an event is made of the step (from what to what) and of the time
 * of the newest sign of life, so the same step said twice, after a restart or by two servers, is one event.
 */
async function sayStatuses({ store, entries, limits, clock }: SayOptions): Promise<void> {
  const nowMs = clock.now();
  const words: { readonly entry: Entry; readonly status: AdwStatus; readonly event: AppendEvent }[] = [];
  for (const entry of entries.values()) {
    if (!entry.live) continue;
    const judged = judge(entry.state, { nowMs, ...limits });
    const status = judged.state;
    const settled = status === entry.seen;
    entry.seen = status;
    if (settled && status !== entry.said?.status)
      words.push({ entry, status, event: statusEvent(entry, judged, nowMs) });
  }
  if (words.length === 0) return;
  await store.append(words.map(({ event }) => ({ kind: 'event', event })));
  // A duplicate does not come back by the tail, but it has been said all the same.
  for (const { entry, status, event } of words) entry.said = { status, eventId: event.eventId };
}

function statusEvent({ state, said }: Entry, judged: RunJudgement, nowMs: number): AppendEvent {
  const { state: status, reason: why, evidence, sinceMs } = judged;
  const { adwId, newest } = state;
  const eventId = shortHash(`${adwId}\0adw_status\0${said?.status ?? ''}\0${status}\0${newest.ms ?? 0}`);
  const since = sinceMs === null ? null : isoTime(sinceMs);
  const word = { status, why, evidence, since };
  const data = { adw_id: adwId, event_id: eventId, timestamp: isoTime(nowMs), timing: 'exact' as const, ...word };
  return {
    type: 'adw_status',
    adwId,
    eventId,
    timeMs: nowMs,
    ...columnsOf('adw_status', data),
    text: searchTextOf('adw_status', data),
    dataJson: JSON.stringify(data),
  };
}
