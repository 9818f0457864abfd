import { CLIENTS } from '../ingest-server.ts';
import { adw_id, rows, timestamp } from './case.ts';

const status = { adw_id, workflow_name: 'adw_sdlc_iso', status: 'in_progress', message: 'Progress', timestamp };
const log = { adw_id, workflow_name: 'adw_sdlc_iso', message: 'hello', level: 'INFO', timestamp };
const broadcasted = { status: 'success', message: 'Update broadcasted to all clients', clients_count: CLIENTS };
const { adw_id: _, level: __, ...incomplete } = log;

/** Requests to `/api/workflow-updates`. */
export const WORKFLOW_UPDATES = rows('workflow-updates', [
  {
    name: 'takes a status_update',
    body: { type: 'status_update', data: { ...status, progress_percent: 40, current_step: 'Stage: build' } },
    answer: broadcasted,
    events: [{ type: 'status_update', data: { ...status, progress_percent: 40, current_step: 'Stage: build' } }],
  },
  {
    name: 'takes null for progress and step',
    body: { type: 'status_update', data: { ...status, progress_percent: null, current_step: null } },
    answer: broadcasted,
    events: [{ type: 'status_update', data: { ...status, progress_percent: null } }],
  },
  {
    name: 'takes a workflow_log',
    body: { type: 'workflow_log', data: log },
    answer: broadcasted,
    events: [{ type: 'workflow_log', data: log }],
  },
  { name: 'wants a type', body: { data: log }, status: 400, answer: "Missing 'type' or 'data' in request" },
  { name: 'wants data', body: { type: 'workflow_log' }, status: 400, answer: "Missing 'type' or 'data' in request" },
  {
    name: 'wants data in data',
    body: { type: 'x', data: {} },
    status: 400,
    answer: "Missing 'type' or 'data' in request",
  },
  { name: 'knows two types', body: { type: 'other', data: log }, status: 400, answer: 'Unknown message type: other' },
  {
    name: 'names the keys that are not there',
    body: { type: 'workflow_log', data: incomplete },
    status: 400,
    answer: 'Missing required fields: adw_id, level',
  },
]);

for (const [type, data] of [
  ['status_update', status],
  ['workflow_log', log],
] as const) {
  for (const key of Object.keys(data)) {
    WORKFLOW_UPDATES.push({
      route: 'workflow-updates',
      name: `wants the ${key} of a ${type}`,
      body: { type, data: Object.fromEntries(Object.entries(data).filter(([name]) => name !== key)) },
      status: 400,
      answer: `Missing required fields: ${key}`,
    });
  }
}
