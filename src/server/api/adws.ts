import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { whenGone } from '../../base/when-gone.ts';
import { eventFrame } from '../../event/schema.ts';
import { isFullPage, type Store, type StoredEvent } from '../store/store.ts';
import { heldQuerySchema, heldRanges } from './held-ranges.ts';
import type { Past } from './past.ts';
import { newestQuerySchema, parsePageQuery, parseQuery, summaryQuerySchema } from './query.ts';
import type { States } from './states.ts';

/** What the reads of ADWs are made of. */
export interface AdwReads {
  readonly store: Store;
  readonly states: States;
  readonly past: Past;
  /** The directory that this process watches, if it watches one. */
  readonly agentsDir: string | undefined;
  /** Runs in it whose ids the id format leaves out. */
  readonly otherRuns: number | undefined;
}

/** Parameters of a route that names an ADW. The guard has checked the id. */
export interface AdwParams {
  readonly adw_id: string;
}

/** The reads of ADWs: list, summary, events by page and singly, columnar index. */
export function adwRoutes(app: FastifyInstance, { store, states, past, agentsDir, otherRuns }: AdwReads): void {
  app.get('/api/v1/adws', () => ({
    epoch: store.epoch,
    last_seq: store.lastSeq,
    agents_dir: agentsDir ?? null,
    other_runs: otherRuns ?? 0,
    adws: states.all(),
  }));

  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id', ({ params, query }) => {
    const { at } = parseQuery(summaryQuerySchema, query);
    if (!at) return knownAdw(states, params.adw_id);
    requireAdw(states, params.adw_id);
    return past.summaryAt(params.adw_id, Number(at));
  });

  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/events', async ({ params, query, raw }, reply) => {
    const { read, limit, backwards } = parsePageQuery(params.adw_id, query);
    requireAdw(states, params.adw_id);
    const gone = new AbortController();
    whenGone(reply.raw, raw.socket, () => gone.abort());
    let next: number | undefined;
    const onCut = (seq: number) => {
      next = seq;
    };
    const found = await store.read({ ...read, signal: gone.signal, onCut });
    const page = found.slice(0, limit);
    if (backwards) page.reverse();
    const more = isFullPage(found, read) || next !== undefined;
    return sendEvents(reply, { epoch: store.epoch, page, more, ...(next !== undefined && { next }) });
  });

  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/newest', async ({ params, query }, reply) => {
    const { limit, type } = parseQuery(newestQuerySchema, query);
    const { read, limit: count } = parsePageQuery(params.adw_id, { limit, type });
    const summary = states.one(params.adw_id);
    const found = summary === undefined ? [] : await store.read({ ...read, limit: count, order: 'desc' });
    return sendEvents(reply, { epoch: store.epoch, page: found.reverse(), adw: summary ?? null });
  });

  app.get<{ Params: AdwParams & { event_id: string } }>(
    '/api/v1/adws/:adw_id/events/:event_id',
    async ({ params }, reply) => {
      requireAdw(states, params.adw_id);
      const event = await store.readById(params.adw_id, params.event_id);
      if (event === undefined) throw new AdwStreamError('not_found', 'The log holds no event with this id.');
      return reply.type('application/json; charset=utf-8').send(frameOf(event, store.epoch));
    },
  );

  // Like positions, of an ADW that the log does not know it says that nothing is held.
  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/held', async ({ params, query }) => ({
    epoch: store.epoch,
    ...heldRanges(await store.heldUnits(params.adw_id, parseQuery(heldQuerySchema, query))),
  }));

  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/index', async ({ params }) => {
    requireAdw(states, params.adw_id);
    const lastSeq = store.lastSeq;
    return { epoch: store.epoch, last_seq: lastSeq, ...(await store.index(params.adw_id)) };
  });
}

/** The summary of an ADW. @throws AdwStreamError adw_not_found */
export function knownAdw(states: States, adwId: string): AdwSummary {
  const summary = states.one(adwId);
  if (summary === undefined) throw notFound(adwId);
  return summary;
}

/** For reads of events, which need no summary: one is worked out from all roles. @throws AdwStreamError adw_not_found */
export function requireAdw(states: States, adwId: string): void {
  if (!states.has(adwId)) throw notFound(adwId);
}

function notFound(adwId: string): AdwStreamError {
  return new AdwStreamError('adw_not_found', `ADW ID '${adwId}' not found`);
}

interface EventsPage {
  readonly epoch: string;
  readonly page: readonly StoredEvent[];
  /** What else the answer says. */
  readonly [member: string]: unknown;
}

/** The data of events is on disk as the JSON that it was; a page is put together from it without parsing. */
function sendEvents(reply: FastifyReply, { epoch, page, ...rest }: EventsPage): FastifyReply {
  const frames = page.map(event => frameOf(event, epoch)).join(',');
  const members = Object.entries(rest).map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return reply
    .type('application/json; charset=utf-8')
    .send(`{"epoch":${JSON.stringify(epoch)},"events":[${frames}]${members.join('')}}`);
}

function frameOf({ type, seq, dataJson }: StoredEvent, epoch: string): string {
  return eventFrame(type, seq, epoch, dataJson);
}
