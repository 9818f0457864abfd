import { stat } from 'node:fs/promises';
import { applyEvent, initialState, summarize } from '../adw/fold.ts';
import type { AdwSummary } from '../adw/summary-shape.ts';
import { systemClock } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import { PAGE_EVENTS_MAX } from '../event/limits.ts';
import type { NewEvent } from '../event/schema.ts';
import type { Context } from './context.ts';
import { limitsOf } from './judgement-limits.ts';
import { didYouMean } from './nearest.ts';
import type { AdwChoice } from './picker.ts';
import { checkedPatterns, checkedPhases, directoriesIn, findPlaces, type Places, placesInWords } from './sidecar.ts';
import { type SummaryListener, SummaryTeller } from './summary-teller.ts';

/** Where commands that only read get the ADWs from: the disk, or a server. */
export interface AdwSource {
  /** Where the runs lie; absent for those of a server. */
  readonly places?: Places;
  /** The ADWs there are. */
  choices(): Promise<readonly AdwChoice[]>;
  /** What one ADW's events say. @throws AdwStreamError adw_not_found, saying which id is near */
  summary(adwId: string): Promise<AdwSummary>;
  /** Tells an ADW's summary now and whenever it may have changed, until the command is to stop. It need not be there yet. */
  watchSummary(adwId: string, onSummary: SummaryListener): Promise<void>;
  /** Every ADW's summary, one after the other as it is known. */
  summaries(): AsyncIterable<AdwSummary>;
  /** Tells an ADW's events from the first on, and goes on with `follow` until the signal aborts. */
  events(adwId: string, listener: EventListener): Promise<void>;
}

/** What is told of an ADW's events. */
export interface EventListener {
  readonly follow: boolean;
  readonly onEvents: (events: readonly NewEvent[]) => void;
  /** Everything that was there at the start has been told. */
  readonly onCaughtUp: () => void;
}

/** The server when one was asked for with `--server`, else the disk, else (without an agents directory) the default server. */
export async function openSource(context: Context): Promise<AdwSource> {
  if (context.origins.server.startsWith('flag')) return serverSource(context);
  try {
    return diskSource(context, await findPlaces(context));
  } catch (error) {
    const isElsewhere = error instanceof AdwStreamError && error.code === 'agents_dir_not_found';
    if (!isElsewhere || context.settings.agentsDir !== undefined || context.origins.server === 'default') throw error;
    return serverSource(context);
  }
}

/** Refuses an id that is not among `choices`, with the nearest one. */
export function requireKnown(adwId: string, choices: readonly AdwChoice[], where: string): void {
  const ids = choices.map(choice => choice.adwId);
  if (ids.includes(adwId)) return;
  throw new AdwStreamError('adw_not_found', `There is no ADW ${adwId} ${where}.${didYouMean(adwId, ids)}`);
}

/** How a run is read from the disk, by what was asked for. */
export function readingOf({ settings, stop, terminal }: Context) {
  return {
    phaseMap: checkedPhases(settings.phaseMap),
    redact: settings.redact,
    redactPatterns: checkedPatterns(settings.redactPatterns),
    pollMs: settings.poll,
    fsEvents: settings.fsEvents,
    signal: stop.signal,
    log: terminal.log,
  };
}

/** The ADWs of an agents directory, read without delivering anything. */
export function diskSource(context: Context, places: Places): AdwSource {
  const { settings, stop } = context;
  const ids = async () => {
    const { listAdwIds } = await import('../sidecar/discover/agents-dir.ts');
    return listAdwIds(places, settings.idFormat);
  };
  const choices = async () => choicesOf(places, await ids());
  const observe = async (adwId: string, listener: EventListener) => {
    const { observeAdw } = await import('../sidecar/pipeline.ts');
    await observeAdw({
      adwId,
      ...directoriesIn(places),
      ...listener,
      ...readingOf(context),
    });
  };
  const events = async (adwId: string, listener: EventListener) => {
    requireKnown(adwId, await choices(), `in ${placesInWords(places)}`);
    await observe(adwId, listener);
  };
  const summary = async (adwId: string) => {
    const state = initialState(adwId);
    const onEvents = (read: readonly NewEvent[]) => {
      for (const { type, data } of read) applyEvent(state, { type, data, seq: state.lastSeq + 1 });
    };
    await events(adwId, { follow: false, onEvents, onCaughtUp: () => {} });
    return summarize(state, systemClock.now(), limitsOf(settings));
  };
  return {
    places,
    choices,
    events,
    summary,
    async watchSummary(adwId, onSummary) {
      const state = initialState(adwId);
      const read = () => summarize(state, systemClock.now(), limitsOf(settings));
      const teller = new SummaryTeller(read, onSummary, stop.signal);
      let isCaughtUp = false;
      await observe(adwId, {
        follow: true,
        onEvents(events) {
          for (const { type, data } of events) applyEvent(state, { type, data, seq: state.lastSeq + 1 });
          if (isCaughtUp) teller.changed();
        },
        onCaughtUp() {
          isCaughtUp = true;
          teller.changed();
        },
      });
    },
    async *summaries() {
      for (const adwId of await ids()) {
        if (stop.signal.aborted) return;
        yield await summary(adwId);
      }
    },
  };
}

async function serverSource({ settings, stop }: Context): Promise<AdwSource> {
  const { connect, createReads } = await import('../client/index.ts');
  const options = settings.token === undefined ? {} : { token: settings.token };
  const reads = createReads(settings.server, options);
  const choices = async (): Promise<AdwChoice[]> =>
    (await reads.fetchAdws(stop.signal)).adws.map(({ adw_id: adwId, title, status, last_event_at: last }) => ({
      adwId,
      changedMs: last === null ? null : Date.parse(last),
      hint: [status, title].filter(Boolean).join(', '),
    }));
  return {
    choices,
    async summary(adwId) {
      requireKnown(adwId, await choices(), `on ${settings.server}`);
      return reads.fetchAdw(adwId, stop.signal);
    },
    async watchSummary(adwId, onSummary) {
      const empty = () => summarize(initialState(adwId), systemClock.now(), limitsOf(settings));
      const read = async () => (await reads.fetchNewest(adwId, { limit: 1 }, stop.signal)).adw ?? empty();
      const teller = new SummaryTeller(read, onSummary, stop.signal);
      const { last_seq: after } = await teller.begin();
      if (stop.signal.aborted) return;
      const client = connect(settings.server, options);
      client.on('events', () => teller.changed());
      client.subscribe(adwId, { after });
      await aborted(stop.signal);
      client.close();
    },
    async *summaries() {
      yield* (await reads.fetchAdws(stop.signal)).adws;
    },
    async events(adwId, { follow, onEvents, onCaughtUp }) {
      requireKnown(adwId, await choices(), `on ${settings.server}`);
      let after = 0;
      for (let more = true; more && !stop.signal.aborted; ) {
        const page = await reads.fetchEvents(adwId, { after, limit: PAGE_EVENTS_MAX }, stop.signal);
        onEvents(page.events);
        after = page.events.at(-1)?.seq ?? after;
        more = page.more;
      }
      onCaughtUp();
      if (!follow || stop.signal.aborted) return;
      const client = connect(settings.server, options);
      client.on('events', onEvents);
      client.subscribe(adwId, { after });
      await aborted(stop.signal);
      client.close();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The ADWs of the disk with the times at which they last got a file. */
async function choicesOf(places: Places, ids: readonly string[]): Promise<AdwChoice[]> {
  const { rootsOf } = await import('../sidecar/discover/layout.ts');
  return Promise.all(
    ids.map(async adwId => {
      const roots = rootsOf(adwId, places).map(({ directory }) => stat(directory).catch(() => undefined));
      const found = (await Promise.all(roots)).find(stats => stats !== undefined);
      return { adwId, changedMs: found?.mtimeMs ?? null };
    }),
  );
}
