import { expect } from 'vitest';
import type { DropIn } from './drop-in.ts';

/** A read of the reference: what is asked for and what must come. `*` in a path is the example's id. */
export interface ReadCase {
  readonly path: string;
  /** 200 when absent. */
  readonly status?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const some = (type: StringConstructor | NumberConstructor | ArrayConstructor | ObjectConstructor) => expect.any(type);
const STAGES = "['plan', 'build', 'test', 'review', 'document', 'patch']";
const badId = 'Invalid ADW ID format: abc. Expected 8-character identifier.';
const board = {
  issue_number: '42',
  issue_class: 'feature',
  issue_title: some(String),
  branch_name: some(String),
  plan_file: some(String),
  model_set: some(String),
  all_adws: some(Array),
  current_stage: 'completed',
  status: 'completed',
  is_stuck: false,
  workflow_name: some(String),
  workflow_status: 'completed',
  workflow_stages: some(Array),
  created_at: some(String),
  updated_at: some(String),
  completed_at: some(String),
  completed: true,
};
/** Fields that are there without a value, as nothing in the tree says them. */
const UNTOLD = ['issue_body', 'ports', 'data_source', 'worktree_path', 'issue_json', 'orchestrator_state'];
const stageLog = (folder: string) => ({
  stage_folder: folder,
  has_streaming_logs: true,
  has_result: true,
  result: some(Array),
  error: null,
});

/** The reads of the reference's browser client, by route, after the example was replayed from elsewhere. */
export const READS: Readonly<Record<string, readonly ReadCase[]>> = {
  'GET /api/stage-logs/{adw_id}/{stage}': [
    { path: '/api/stage-logs/*/plan', body: { adw_id: '*', stage: 'plan', ...stageLog('sdlc_planner') } },
    { path: '/api/stage-logs/*/build', body: stageLog('sdlc_implementor') },
    { path: '/api/stage-logs/*/review', body: stageLog('reviewer') },
    { path: '/api/stage-logs/*/document', body: stageLog('documenter') },
    {
      path: '/api/stage-logs/*/patch',
      body: { logs: [], result: null, has_result: false, error: "Stage 'patch' not found or not executed yet" },
    },
    {
      path: '/api/stage-logs/*/merger',
      status: 400,
      body: { error: `Invalid stage: merger. Must be one of ${STAGES}` },
    },
    { path: '/api/stage-logs/abc/plan', status: 400, body: { error: badId } },
    { path: '/api/stage-logs/00000000/plan', status: 404, body: { error: 'ADW directory not found: 00000000' } },
  ],
  'GET /api/stage-logs/{adw_id}': [
    { path: '/api/stage-logs/*', body: { adw_id: '*', stages: some(Object) } },
    { path: '/api/stage-logs/abc', status: 400, body: { error: badId } },
  ],
  'GET /api/execution-logs/{adw_id}/{stage}': [
    {
      path: '/api/execution-logs/*/plan',
      body: { adw_id: '*', stage: 'plan', stage_folder: 'adw_plan_iso', logs: [] },
    },
    { path: '/api/execution-logs/*/merger', status: 400, body: { error: some(String) } },
    { path: '/api/execution-logs/abc/plan', status: 400, body: { error: badId } },
    { path: '/api/execution-logs/00000000/plan', status: 404, body: { error: 'ADW directory not found: 00000000' } },
  ],
  'GET /api/agent-state/{adw_id}': [
    {
      path: '/api/agent-state/*',
      body: { adw_id: '*', issue_number: '42', state: some(Object), timestamp: some(String) },
    },
    { path: '/api/agent-state/00000000', status: 404, body: { error: some(String) } },
  ],
  'GET /api/adws/list': [{ path: '/api/adws/list', body: { count: 1, adws: [expect.objectContaining(board)] } }],
  'GET /api/adws': [
    { path: '/api/adws', body: { total_count: 1 } },
    { path: '/api/adws?status=completed&is_stuck=false&include_deleted=true', body: { total_count: 1 } },
    { path: '/api/adws?stage=plan', body: { total_count: 0, adws: [] } },
  ],
  'GET /api/adws/{adw_id}': [
    {
      path: '/api/adws/*',
      body: { id: '*', adw_id: '*', ...board, ...Object.fromEntries(UNTOLD.map(name => [name, null])) },
    },
    { path: '/api/adws/00000000', status: 404, body: { error: "ADW ID '00000000' not found" } },
  ],
  'GET /api/adws/{adw_id}/plan': [
    {
      path: '/api/adws/*/plan',
      body: { plan_content: expect.stringMatching(/^# /), plan_file: expect.stringMatching(/^specs\/issue-42-adw-/) },
    },
    { path: '/api/adws/00000000/plan', status: 404, body: { error: some(String) } },
  ],
};

/** What the reference offers there beyond reading: answered with 501. */
export const NOT_OFFERED = [
  'POST /api/clarify',
  'GET /api/issues/*',
  'POST /api/issues/*',
  'GET /api/merge/*',
  'POST /api/merge/*',
  'GET /api/slash-command',
  'GET /api/slash-commands',
  'POST /api/open-file',
  'GET /api/ide-status',
  'POST /api/codebase/open',
  'POST /api/worktree/open',
] as const;

/** Asks, and compares. */
export async function ask(dropIn: DropIn, id: string, { path, status = 200, body }: ReadCase): Promise<void> {
  const answer = await dropIn.get(path.replace('*', id));
  const wanted = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, value === '*' ? id : value]));
  expect(answer).toMatchObject({ status, body: wanted });
}
