import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { STAGES, type Stage } from '../../../adw/phase.ts';
import type { AdwSummary } from '../../../adw/summary-shape.ts';
import { isoTime } from '../../../base/clock.ts';
import { AdwStreamError } from '../../../base/errors.ts';
import type { ArtifactInfo, Store } from '../../store/store.ts';
import { type AdwParams, knownAdw } from '../adws.ts';
import { parseQuery } from '../query.ts';
import type { States } from '../states.ts';
import { type Data, readNewest } from './raw-lines.ts';

/** What the reference's board reads from. */
export interface BoardReads {
  readonly store: Store;
  readonly states: States;
}

/** The query of the reference's `GET /api/adws`. Deleted ADWs do not exist here, so `include_deleted` changes nothing. */
export const boardQuerySchema = z.object({
  status: z.string().max(64).optional(),
  stage: z.string().max(64).optional(),
  is_stuck: z.enum(['true', 'false', '']).optional(),
  include_deleted: z.string().max(8).optional(),
});

/** The reads of the reference's board and state viewer: ADWs as flat objects, raw state, plan. */
export function boardRoutes(app: FastifyInstance, { store, states }: BoardReads): void {
  const flat = async (summary: AdwSummary) =>
    flatAdw(summary, await stateOf(store, summary.adw_id), await boardStage(store, summary));
  const all = () => Promise.all(states.all().map(flat));

  app.get('/api/adws/list', async () => {
    const adws = await all();
    return { adws, count: adws.length };
  });

  app.get('/api/adws', async ({ query }) => {
    const { status, stage, is_stuck: stuck } = parseQuery(boardQuerySchema, query);
    const adws = (await all()).filter(
      adw =>
        (!status || adw.status === status) &&
        (!stage || adw.current_stage === stage) &&
        (!stuck || String(adw.is_stuck) === stuck),
    );
    return { adws, total_count: adws.length };
  });

  app.get<{ Params: AdwParams }>('/api/adws/:adw_id', ({ params }) => flat(knownAdw(states, params.adw_id)));

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

/** The newest content of `adw_state.json` that the log holds, or an empty object. */
async function stateOf(store: Store, adwId: string): Promise<Data> {
  const state = (await readNewest(store, adwId, 'agent_updated'))?.state;
  return typeof state === 'object' && state !== null && !Array.isArray(state) ? (state as Data) : {};
}

/**
 * Where the ADW's card is on the reference's board, which its browser client asks for after each reconnect: where the
 * board was told to put it last, unless the run has failed, has completed, or has gone on since it was over.
 */
async function boardStage(store: Store, { status, phase, adw_id: adwId }: AdwSummary): Promise<string> {
  if (status === 'failed') return 'errored';
  const told = await toldStage(store, adwId);
  if (status === 'completed') return OVER.includes(told) ? String(told) : 'completed';
  const isStage = (STAGES as readonly (string | undefined)[]).includes(told);
  if (told !== undefined && isStage && !OVER.includes(told) && told !== 'errored') return told;
  return phase === null || phase === 'other' ? 'backlog' : phase === 'ship' ? 'ready-to-merge' : phase;
}

/** The board's columns for runs that are over. */
const OVER: readonly (string | undefined)[] = ['ready-to-merge', 'completed'] satisfies Stage[];

/** Progress messages among which the newest that names a stage is looked for. */
const TOLD_EVENTS_MAX = 20;

/** The stage that the board was told of last. */
async function toldStage(store: Store, adwId: string): Promise<string | undefined> {
  const types = ['stage_transition', 'status_update'] as const;
  const newest = await store.read({ adwId, types, order: 'desc', limit: TOLD_EVENTS_MAX });
  for (const { dataJson } of newest) {
    const { to_stage: to, current_step: step } = JSON.parse(dataJson) as Data;
    const stage = to ?? /^Stage:\s*([\w-]+)/i.exec(String(step ?? ''))?.[1];
    if (typeof stage === 'string') return stage;
  }
  return undefined;
}

/** One ADW as the reference's board shows it: what its state file says, then what the log knows better. */
function flatAdw(summary: AdwSummary, state: Data, currentStage: string) {
  const completed = summary.status === 'completed';
  return {
    issue_body: null,
    ports: null,
    data_source: null,
    all_adws: [],
    issue_json: null,
    orchestrator_state: state.orchestrator ?? null,
    ...state,
    id: summary.adw_id,
    adw_id: summary.adw_id,
    issue_number: state.issue_number ?? summary.issue_number,
    issue_class: state.issue_class ?? summary.issue_class,
    issue_title: state.issue_title ?? summary.title,
    branch_name: state.branch_name ?? summary.branch,
    plan_file: state.plan_file ?? summary.plan_file,
    model_set: state.model_set ?? summary.model_set,
    worktree_path: null,
    current_stage: currentStage,
    status: summary.status,
    is_stuck: summary.status === 'stalled',
    workflow_name: summary.workflow,
    workflow_status: summary.status,
    workflow_stages: summary.phases.filter(({ status }) => status !== 'pending').map(({ name }) => name),
    created_at: summary.first_event_at,
    updated_at: summary.last_event_at,
    completed_at: completed ? summary.last_event_at : null,
    completed,
  };
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
