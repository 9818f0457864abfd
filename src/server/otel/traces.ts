import { sleep, steadyClock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { RunState } from '../../event/run-state.ts';
import { type OtlpEncoder, openEncoder } from '../../otel/encode.ts';
import { sendUntilAnswered } from '../../otel/send.ts';
import type { OtlpTarget } from '../../otel/settings.ts';
import type { Attributes, Span } from '../../otel/span.ts';
import { readAll, type Store } from '../store/store.ts';
import { type Batch, CursorRecord, RunCloses } from './cursor.ts';
import { foldEventOf, type Tracker, Trackers } from './trackers.ts';

/** Spans of one request, and characters of their attributes: more of them go into the next. */
const BATCH_SPANS_MAX = 512;
const BATCH_CHARS_MAX = 2 ** 20;
/** How long things take, ms. */
export interface TraceTimes {
  /** That spans gather while a run goes on. */
  readonly gather: number;
  /** Without an event, after which a run that is judged to be over is taken to be: a replay brings one role after the other. */
  readonly quiet: number;
  /** Between two checks for runs that may be over. */
  readonly check: number;
}

const TIMES: TraceTimes = { gather: 1_000, quiet: 10_000, check: 2_000 };
/** ms between two checks of a log of which no run is open. */
const IDLE_MS = 60_000;
/** Runs that are closed in one request. */
const CLOSES_MAX = 50;
/** Events without a span after which the cursor is kept all the same: what a restart reads again. */
const KEEP_EVENTS = 5_000;

/** What {@link sendTraces} takes. */
export interface TracesOptions {
  readonly store: Store;
  readonly target: OtlpTarget;
  readonly resource: Attributes;
  readonly content: boolean;
  /** Resolves when `ended` can be asked. */
  readonly ready: Promise<void>;
  /** The state of a run of which nothing more is expected; undefined for all others. */
  readonly ended: (adwId: string) => RunState | undefined;
  /** Ids of all runs with the seq of their newest event. */
  readonly runs: () => readonly { readonly adwId: string; readonly lastSeq: number }[];
  readonly log: Logger;
  /** Tests make them shorter. */
  readonly times?: TraceTimes;
}

/**
 * Sends the spans of the log's runs as they end, until the signal aborts. The cursor moves behind the collector's answer;
 * before a request its bounds are written down, so that one whose answer was lost is sent again byte for byte.
 */
export async function sendTraces(options: TracesOptions, signal: AbortSignal): Promise<void> {
  const { store, target, resource, log, ready } = options;
  const encoder = await openEncoder(target.protocol, resource);
  await ready;
  const closes = new RunCloses(store.records);
  const cursor = await CursorRecord.open(store, closes, log);
  const now = () => steadyClock.now();
  const trackers = new Trackers({ store, content: options.content, closesOf: id => closes.of(id), now });
  const runs: Runs = { trackers, open: await unclosed(options, closes), since: now(), now };
  const sender = { encoder, target, signal, log };
  const wake = wakeOn(options, signal);
  // What was read: further than the cursor where no span has ended since.
  let position = cursor.value.seq;
  let unkept = 0;
  try {
    while (!signal.aborted) {
      const redo = cursor.value.batch;
      const gathered = await gather(options, runs, { from: position, redo });
      const { spans, batch, isAtHead } = gathered;
      position = batch.to;
      unkept += gathered.events;
      if (spans.length > 0) {
        if (redo === null) await cursor.set({ ...cursor.value, batch, closed: [] });
        if (!(await send(spans, sender))) return;
      }
      if (spans.length > 0 || redo !== null || batch.closes.length > 0 || unkept >= KEEP_EVENTS) {
        const { adwId, eventId } = gathered.last ?? cursor.value;
        await cursor.set({ epoch: store.epoch, seq: batch.to, adwId, eventId, batch: null, closed: batch.closes });
        await closes.addAll(cursor.value);
        unkept = 0;
      }
      trackers.prune();
      if (isAtHead) await wake.next(runs.open.size > 0);
    }
  } finally {
    wake.stop();
  }
}

/** The runs that something may be open of. */
interface Runs {
  readonly trackers: Trackers;
  readonly open: Set<string>;
  /** When this server began to send, steady ms. */
  readonly since: number;
  readonly now: () => number;
}

/** Runs with events behind the seq where they were closed last. */
async function unclosed({ runs }: TracesOptions, closes: RunCloses): Promise<Set<string>> {
  const newest = await closes.newest();
  return new Set(runs().flatMap(({ adwId, lastSeq }) => (lastSeq > (newest.get(adwId) ?? 0) ? [adwId] : [])));
}

/** Spans to be sent in one request, and what of the log they are. */
interface Gathered {
  readonly spans: readonly Span[];
  readonly batch: Batch;
  readonly last: { readonly adwId: string; readonly eventId: string | null } | undefined;
  readonly events: number;
  readonly isAtHead: boolean;
}

interface Stretch {
  readonly from: number;
  /** What was about to be sent before: its bounds hold. */
  readonly redo: Batch | null;
}

/** Reads on until there are spans enough for a request, or the log ends; then runs that are over are closed. */
async function gather(options: TracesOptions, runs: Runs, { from, redo }: Stretch): Promise<Gathered> {
  const { trackers, open, now } = runs;
  const spans = new SpanList();
  const touched = new Map<string, Tracker>();
  let last: Gathered['last'];
  let to = from;
  let events = 0;
  let isAtHead = redo === null;
  const behind = { after: from, ...(redo === null ? {} : { before: redo.to + 1 }) };
  for await (const event of readAll(options.store, behind)) {
    const read = foldEventOf(event);
    const tracker = touched.get(event.adwId) ?? (await trackers.at(event.adwId, from));
    if (redo === null && spans.isFull && !(last?.adwId === event.adwId && tracker.trace.continuesLine(read))) {
      isAtHead = false;
      break;
    }
    touched.set(event.adwId, tracker);
    tracker.newsAt = now();
    tracker.trace.apply(read);
    spans.add(tracker.trace.take());
    to = event.seq;
    last = { adwId: event.adwId, eventId: typeof read.data.event_id === 'string' ? read.data.event_id : null };
    events += 1;
  }
  for (const [adwId, { trace }] of touched) {
    trace.flush();
    spans.add(trace.take());
    if (trace.isOpen) open.add(adwId);
  }
  const closes = redo?.closes ?? (isAtHead ? await over(options, runs, spans, to) : []);
  for (const { adwId, state } of closes) {
    const { trace } = await trackers.at(adwId, to);
    trace.close(state);
    spans.add(trace.take());
    open.delete(adwId);
  }
  return { spans: spans.all, batch: { to: redo?.to ?? to, closes }, last, events, isAtHead };
}

/** The runs that were judged to be over and have been quiet for a while, as many as fit into the request. */
async function over({ ended, times = TIMES }: TracesOptions, runs: Runs, spans: SpanList, seq: number) {
  const { trackers, open, since, now } = runs;
  const found: Batch['closes'][number][] = [];
  for (const adwId of open) {
    if (spans.isFull || found.length >= CLOSES_MAX) break;
    const state = ended(adwId);
    if (state === undefined || now() - (trackers.newsAt(adwId) ?? since) < times.quiet) continue;
    const { trace } = await trackers.at(adwId, seq);
    if (trace.isOpen) found.push({ adwId, state });
    else open.delete(adwId);
  }
  return found;
}

/** Spans until they are enough for a request. */
class SpanList {
  readonly all: Span[] = [];
  #chars = 0;

  add(spans: readonly Span[]): void {
    for (const span of spans) {
      this.all.push(span);
      for (const value of Object.values(span.attributes)) this.#chars += typeof value === 'string' ? value.length : 8;
    }
  }

  get isFull(): boolean {
    return this.all.length >= BATCH_SPANS_MAX || this.#chars >= BATCH_CHARS_MAX;
  }
}

interface Sender {
  readonly encoder: OtlpEncoder;
  readonly target: OtlpTarget;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** @returns whether the collector answered; what it refused for good is told and left out */
async function send(spans: readonly Span[], { encoder, target, signal, log }: Sender): Promise<boolean> {
  let isLate = false;
  const onLater = (reason: string) => {
    if (!isLate) log.report('otlp_unavailable', { signal: 'traces', reason });
    isLate = true;
  };
  const answer = await sendUntilAnswered(encoder.traces(spans), { target, encoder, signal, onLater });
  if (answer === undefined) return false;
  if (isLate) log.report('otlp_recovered', { signal: 'traces' });
  if (answer.kind === 'refused') {
    log.report('otlp_refused', { spans: spans.length, reason: answer.reason });
    return true;
  }
  const rejected = answer.partial?.rejected ?? 0;
  if (answer.partial !== undefined)
    log.report('otlp_partly_taken', { spans: rejected, reason: answer.partial.message });
  log.report('otlp_sent', { spans: spans.length - rejected });
  return true;
}

/** Waits for what is committed to the log. */
function wakeOn({ store, times = TIMES }: TracesOptions, signal: AbortSignal) {
  let isNews = false;
  let notify = new AbortController();
  const untail = store.tail(() => {
    isNews = true;
    notify.abort();
  });
  return {
    stop: untail,
    /** Resolves a while after something came, or when a check for runs that may be over is due. */
    async next(mayClose: boolean): Promise<void> {
      if (!isNews) await sleep(mayClose ? times.check : IDLE_MS, AbortSignal.any([signal, notify.signal]));
      if (isNews) await sleep(times.gather, signal);
      isNews = false;
      notify = new AbortController();
    },
  };
}
