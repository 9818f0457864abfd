import { CLIENTS } from '../ingest-server.ts';
import { adw_id, rows, timestamp } from './case.ts';

const STAGES = 'backlog, plan, build, test, review, document, ready-to-merge, pr, completed, errored';

const moved = (from: string, to: string) => ({
  status: 'success',
  message: `Stage transition broadcasted: ${from} -> ${to}`,
  adw_id,
  to_stage: to,
  db_persisted: true,
  clients_count: CLIENTS,
});
const transition = (from_stage: string, to_stage: string, message: string) => [
  { type: 'stage_transition', data: { adw_id, from_stage, to_stage, message } },
];
const noted = (message: string, event_type: string) => ({ status: 'success', message, adw_id, event_type });

/** Requests to `/api/stage-event`, direct and by an orchestrator. */
export const STAGE_EVENTS = rows('stage-event', [
  {
    name: 'takes a direct move',
    body: { adw_id, workflow_name: 'w', from_stage: 'plan', to_stage: 'build', message: 'on we go', timestamp },
    answer: moved('plan', 'build'),
    events: [
      { type: 'stage_transition', data: { workflow_name: 'w', from_stage: 'plan', message: 'on we go', timestamp } },
    ],
  },
  {
    name: 'fills in what is omitted',
    body: { adw_id, to_stage: 'pr' },
    answer: moved('unknown', 'pr'),
    events: [
      {
        type: 'stage_transition',
        data: { workflow_name: 'unknown', from_stage: 'unknown', message: 'Transitioning from unknown to pr' },
      },
    ],
  },
  {
    name: 'takes null for everything optional',
    body: { adw_id, to_stage: 'pr', from_stage: null, workflow_name: null, message: null, timestamp: null },
    answer: moved('unknown', 'pr'),
    events: transition('unknown', 'pr', 'Transitioning from unknown to pr'),
  },
  { name: 'wants an id', body: { to_stage: 'plan' }, status: 400, answer: 'Missing required field: adw_id' },
  { name: 'wants a stage', body: { adw_id }, status: 400, answer: 'Missing required field: to_stage' },
  {
    name: 'knows the stages of the board',
    body: { adw_id, to_stage: 'merge' },
    status: 400,
    answer: `Invalid to_stage: merge. Must be one of: ${STAGES}`,
  },
  {
    name: 'moves on when a stage is completed',
    body: {
      adw_id,
      event_type: 'stage_completed',
      stage_name: 'plan',
      next_stage: 'build',
      message: 'done',
      duration_ms: 9,
    },
    answer: moved('plan', 'build'),
    events: [
      { type: 'stage_transition', data: { from_stage: 'plan', to_stage: 'build', message: 'done', duration_ms: 9 } },
    ],
  },
  {
    name: 'takes null for everything an orchestrator leaves open',
    body: {
      adw_id,
      event_type: 'stage_started',
      stage_name: 'plan',
      ...{ workflow_name: null, previous_stage: null, next_stage: null, message: null, timestamp: null },
      ...{ duration_ms: null, error: null, skip_reason: null, stage_index: null, total_stages: null },
      ...{ completed_stages: null, pending_stages: null, progress_percent: null, metadata: null },
    },
    answer: moved('backlog', 'plan'),
    events: [
      {
        type: 'stage_transition',
        data: { workflow_name: 'unknown', from_stage: 'backlog', to_stage: 'plan', message: '' },
      },
    ],
  },
  {
    name: 'shows nothing when the last stage is completed',
    body: { adw_id, event_type: 'stage_completed', stage_name: 'document', next_stage: null },
    answer: noted('Stage document completed (last stage)', 'stage_completed'),
  },
  {
    name: 'moves to a stage that started, from the backlog when none was before',
    body: { adw_id, event_type: 'stage_started', stage_name: 'plan' },
    answer: moved('backlog', 'plan'),
    events: transition('backlog', 'plan', ''),
  },
  {
    name: 'moves to a stage that started, from the one before',
    body: { adw_id, event_type: 'stage_started', stage_name: 'test', previous_stage: 'build' },
    answer: moved('build', 'test'),
    events: transition('build', 'test', ''),
  },
  {
    name: 'moves out of the backlog when a workflow started',
    body: { adw_id, event_type: 'workflow_started', stage_name: 'plan' },
    answer: moved('backlog', 'plan'),
    events: transition('backlog', 'plan', ''),
  },
  {
    name: 'is ready to merge when a workflow completed',
    body: { adw_id, event_type: 'workflow_completed', stage_name: 'document' },
    answer: moved('document', 'ready-to-merge'),
    events: transition('document', 'ready-to-merge', ''),
  },
  {
    name: 'is errored when a stage failed',
    body: { adw_id, event_type: 'stage_failed', stage_name: 'test', error: 'boom' },
    answer: moved('test', 'errored'),
    events: [{ type: 'stage_transition', data: { to_stage: 'errored', error: 'boom' } }],
  },
  {
    name: 'is errored when a workflow failed, also where the stage is not known',
    body: { adw_id, event_type: 'workflow_failed' },
    answer: moved('None', 'errored'),
    events: transition('unknown', 'errored', ''),
  },
  {
    name: 'takes note of a skipped stage',
    body: { adw_id, event_type: 'stage_skipped', stage_name: 'review' },
    answer: noted('Stage review skipped', 'stage_skipped'),
  },
  {
    name: 'takes note of what it does not know',
    body: { adw_id, event_type: 'stage_paused', stage_name: 'review' },
    answer: noted('Event stage_paused logged', 'stage_paused'),
  },
  {
    name: 'refuses an orchestrator that names another board',
    body: { adw_id, event_type: 'stage_started', stage_name: 'clarify' },
    status: 400,
    answer: `Invalid to_stage: clarify. Must be one of: ${STAGES}`,
  },
]);

for (const field of ['stage_started', 'workflow_started']) {
  STAGE_EVENTS.push({
    route: 'stage-event',
    name: `wants the stage of a ${field}`,
    body: { adw_id, event_type: field },
    status: 400,
    answer: `Invalid to_stage: None. Must be one of: ${STAGES}`,
  });
}
