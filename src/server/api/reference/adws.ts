import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type IdFormat, requireAdwId } from '../../../adw/id.ts';
import type { AdwSummary } from '../../../adw/summary-shape.ts';
import { type Clock, isoTime } from '../../../base/clock.ts';
import { AdwStreamError } from '../../../base/errors.ts';
import { isRecord } from '../../../base/is-record.ts';
import type { ArtifactInfo, Store } from '../../store/store.ts';
import { type AdwParams, knownAdw } from '../adws.ts';
import { parseQuery } from '../query.ts';
import type { States } from '../states.ts';
import { boardStage } from './board-stage.ts';
import { type Card, cardFieldsSchema, createCards, newCardSchema } from './cards.ts';
import { flatAdw } from './flat-adw.ts';
import { type Data, readNewest } from './raw-lines.ts';

/** Bytes of a card that a browser sends: a title, a description, an issue. */
const CARD_BYTES_MAX = 256 * 1024;
/** Reports of a state among which those that came after the file's newest one are looked for. */
const STATE_REPORTS_MAX = 20;

/** What the reference's board reads from. */
export interface BoardReads {
  readonly store: Store;
  readonly states: States;
  readonly clock: Clock;
  readonly idFormat: IdFormat;
}

/** The query of the reference's `GET /api/adws`. */
export const boardQuerySchema = z.object({
  status: z.string().max(64).optional(),
  stage: z.string().max(64).optional(),
  is_stuck: z.enum(['true', 'false', '']).optional(),
  include_deleted: z.string().max(8).optional(),
});

/** The routes of the reference's board: ADWs as flat objects, and the cards that the board makes, moves and deletes. */
export async function boardRoutes(app: FastifyInstance, options: BoardReads): Promise<void> {
  const { store, states, clock, idFormat } = options;
  takeBodies(app);
  const cards = createCards(store.records);
  const moment = () => ({ nowMs: clock.now(), lastSeq: store.lastSeq });
  const flat = async (adwId: string, card: Card | undefined) => {
    const summary = states.one(adwId);
    const state = summary === undefined ? {} : await stateOf(store, adwId);
    return flatAdw({ adwId, summary, state, card, stage: await boardStage(store, { summary, card }) });
  };
  const all = async (withHidden = false) => {
    const known = await cards.all();
    const ids = new Set([...states.all().map(({ adw_id }) => adw_id), ...known.keys()]);
    const shown = [...ids].filter(id => withHidden || known.get(id)?.hidden !== true);
    return Promise.all(shown.map(id => flat(id, known.get(id))));
  };
  /** A card that the board has. @throws AdwStreamError adw_not_found */
  const cardOf = async (adwId: string): Promise<Card | undefined> => {
    const card = await cards.of(adwId);
    const isThere = card === undefined ? states.has(adwId) : !card.hidden;
    if (!isThere) throw new AdwStreamError('adw_not_found', `ADW ID '${adwId}' not found`);
    return card;
  };

  app.get('/api/adws/list', async () => {
    const adws = await all();
    return { adws, count: adws.length };
  });

  app.get('/api/adws', async ({ query }) => {
    const { status, stage, is_stuck: stuck, include_deleted: deleted } = parseQuery(boardQuerySchema, query);
    const adws = (await all(deleted === 'true')).filter(
      adw =>
        (!status || adw.status === status) &&
        (!stage || adw.current_stage === stage) &&
        (!stuck || String(adw.is_stuck) === stuck),
    );
    return { adws, total_count: adws.length };
  });

  app.get<{ Params: AdwParams }>('/api/adws/:adw_id', async ({ params }) =>
    flat(params.adw_id, await cardOf(params.adw_id)),
  );

  app.post('/api/adws', async ({ body }, reply) => {
    const { adw_id: given, ...fields } = parseBody(newCardSchema, body);
    const adwId = requireAdwId(given, idFormat);
    return reply.code(201).send(await flat(adwId, await cards.make(adwId, fields, moment())));
  });

  app.patch<{ Params: AdwParams }>('/api/adws/:adw_id', async ({ params, body }) => {
    await cardOf(params.adw_id);
    const fields = parseBody(cardFieldsSchema, body);
    return flat(params.adw_id, await cards.change(params.adw_id, fields, moment()));
  });

  // Without a body, though that client says it sends JSON.
  app.delete<{ Params: AdwParams }>('/api/adws/:adw_id', async ({ params }) => {
    await cardOf(params.adw_id);
    await cards.hide(params.adw_id, moment());
    return {
      status: 'success',
      success: true,
      adw_id: params.adw_id,
      message: `ADW ${params.adw_id} is off the board`,
    };
  });
}

/** The reads of the reference's state viewer and plan viewer. */
export function viewerRoutes(app: FastifyInstance, { store, states }: Pick<BoardReads, 'store' | 'states'>): void {
  app.get<{ Params: AdwParams }>('/api/agent-state/:adw_id', async ({ params }) => {
    const { adw_id: adwId, last_event_at: lastEventAt } = knownAdw(states, params.adw_id);
    const state = await stateOf(store, adwId);
    return { ...state, state, adw_id: adwId, timestamp: lastEventAt ?? isoTime(0) };
  });

  app.get<{ Params: AdwParams }>('/api/adws/:adw_id/plan', async ({ params }) => {
    const summary = knownAdw(states, params.adw_id);
    const plan = newestPlan(await store.listArtifacts(params.adw_id), summary);
    const content = plan && (await store.getArtifact(params.adw_id, plan.path, plan.sha256));
    if (content === undefined) throw new AdwStreamError('not_found', `No plan found for ADW ID '${params.adw_id}'`);
    return { plan_content: await text(await content.read()), plan_file: `specs/${plan?.path.split('/').at(-1)}` };
  });
}

/**
 * What is known of `adw_state.json`: its newest content that a sidecar read, and what clients have reported of it since,
 * field by field. An empty object where nothing was said.
 */
async function stateOf(store: Store, adwId: string): Promise<Data> {
  const reports: Data[] = [];
  for (const { state, source } of await readNewest(store, adwId, 'agent_updated', STATE_REPORTS_MAX)) {
    if (!isRecord(state)) continue;
    reports.push(
      Object.fromEntries(Object.entries(state).filter(([, value]) => source !== undefined || value !== null)),
    );
    if (source !== undefined) break;
  }
  return Object.assign({}, ...reports.reverse());
}

/** @throws AdwStreamError missing_field, worded as the reference's framework words it */
function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AdwStreamError('missing_field', `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not valid'}`);
}

/** JSON, or nothing: the board says that it sends JSON also where it sends no body. */
function takeBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: CARD_BYTES_MAX },
    (_request, body, done) => {
      try {
        done(null, body === '' ? undefined : JSON.parse(String(body)));
      } catch {
        done(new AdwStreamError('invalid_body', 'The body is not the JSON that its content type promises.'));
      }
    },
  );
}

/** The newest version of the plan among an ADW's specs, or of any spec where none is called a plan. */
function newestPlan(artifacts: readonly ArtifactInfo[], { specs }: AdwSummary): ArtifactInfo | undefined {
  const kinds = new Map(specs.map(({ path, kind }) => [path, kind]));
  const candidates = artifacts.filter(({ path }) => kinds.has(path) || /(?:^|\/)specs\/.*\.md$/.test(path));
  const plans = candidates.filter(({ path }) => kinds.get(path) === 'plan' || path.includes('sdlc_planner'));
  const pool = plans.length > 0 ? plans : candidates;
  return pool.reduce<ArtifactInfo | undefined>(
    (newest, each) => (newest === undefined || each.storedAt >= newest.storedAt ? each : newest),
    undefined,
  );
}
