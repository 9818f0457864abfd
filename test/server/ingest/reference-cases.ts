import type { ReferenceRoute } from '../../../src/server/ingest/reference/index.ts';
import { CLIENTS } from './ingest-server.ts';

/** A request of the reference and what must come of it. */
export interface Case {
  readonly name: string;
  readonly route: ReferenceRoute;
  readonly body: Readonly<Record<string, unknown>>;
  /** 200 when absent. */
  readonly status?: number;
  /** The whole answer, or the text of a refusal. */
  readonly answer: Readonly<Record<string, unknown>> | string;
  readonly events?: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[];
}

const adw_id = '1a2b3c4d';
const timestamp = '2026-01-01T10:00:00.123456Z';
const STAGES = 'backlog, plan, build, test, review, document, ready-to-merge, pr, completed, errored';

/** Rows of one route, without repeating its name. */
const rows = (route: ReferenceRoute, cases: readonly Omit<Case, 'route'>[]): Case[] =>
  cases.map(each => ({ route, ...each }));

const status = { adw_id, workflow_name: 'adw_sdlc_iso', status: 'in_progress', message: 'Progress', timestamp };
const log = { adw_id, workflow_name: 'adw_sdlc_iso', message: 'hello', level: 'INFO', timestamp };
const broadcasted = { status: 'success', message: 'Update broadcasted to all clients', clients_count: CLIENTS };
const { adw_id: _, level: __, ...incomplete } = log;

const WORKFLOW_UPDATES = rows('workflow-updates', [
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

const STAGE_EVENTS = rows('stage-event', [
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
    name: 'is errored when a workflow failed, whoever does not know the stage',
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

const updated = (event_type: string) => ({
  status: 'success',
  message: 'Agent state update broadcasted',
  adw_id,
  event_type,
});
const update = (event_type: string, data?: unknown) => ({ adw_id, event_type, ...(data !== undefined && { data }) });

const AGENT_STATE = rows('agent-state-update', [
  {
    name: 'takes a state_change, on the screen as well',
    body: { ...update('state_change', { state: { plan_file: 'p' }, changed_fields: ['plan_file'] }), timestamp },
    answer: updated('state_change'),
    events: [
      { type: 'agent_updated', data: { state: { plan_file: 'p' }, changed_fields: ['plan_file'], timestamp } },
      { type: 'agent_summary_update', data: { timestamp } },
    ],
  },
  {
    name: 'fills in a log_entry',
    body: update('log_entry'),
    answer: updated('log_entry'),
    events: [
      {
        type: 'agent_log',
        data: { message: '', level: 'INFO', context: {}, event_category: 'system', type: 'log_entry' },
      },
    ],
  },
  {
    name: 'keeps whose log_entry it is',
    body: update('log_entry', { adw_id: 'ffffffff', message: 'm', level: 'ERROR', details: null, context: null }),
    answer: updated('log_entry'),
    events: [{ type: 'agent_log', data: { adw_id, message: 'm', level: 'ERROR', context: {} } }],
  },
  {
    name: 'fills in a file_operation',
    body: update('file_operation', { diff: null, summary: null }),
    answer: updated('file_operation'),
    events: [
      {
        type: 'file_changed',
        data: { file_path: '', operation: 'modify', change_type: 'modify', lines_added: 0, lines_removed: 0 },
      },
    ],
  },
  {
    name: 'takes a thought',
    body: update('thinking', { content: 'hm', reasoning_type: null, duration_ms: 5, sequence: 1 }),
    answer: updated('thinking'),
    events: [{ type: 'thinking_block', data: { content: 'hm', duration_ms: 5, sequence: 1 } }],
  },
  {
    name: 'fills in a thought',
    body: { ...update('thinking', { reasoning_type: null, duration_ms: null, sequence: null }), timestamp: null },
    answer: updated('thinking'),
    events: [{ type: 'thinking_block', data: { content: '' } }],
  },
  {
    name: 'takes a state_change without data',
    body: update('state_change'),
    answer: updated('state_change'),
    events: [
      { type: 'agent_updated', data: { adw_id } },
      { type: 'agent_summary_update', data: { adw_id } },
    ],
  },
  {
    name: 'fills in a file_operation without data',
    body: update('file_operation'),
    answer: updated('file_operation'),
    events: [{ type: 'file_changed', data: { file_path: '', operation: 'modify', lines_added: 0, lines_removed: 0 } }],
  },
  {
    name: 'takes a whole file_operation',
    body: update('file_operation', {
      ...{ file_path: 'a.ts', operation: 'write', diff: '+a', summary: 's', lines_added: 3, lines_removed: 1 },
    }),
    answer: updated('file_operation'),
    events: [
      {
        type: 'file_changed',
        data: { file_path: 'a.ts', operation: 'write', change_type: 'write', diff: '+a', summary: 's', lines_added: 3 },
      },
    ],
  },
  {
    name: 'fills in a result: a success, unless told otherwise',
    body: update('tool_execution_post', { tool_use_id: null, duration_ms: null, error: null, output: null }),
    answer: updated('tool_execution_post'),
    events: [{ type: 'tool_use_post', data: { tool_name: '', status: 'success', success: true } }],
  },
  {
    name: 'fills in a text_block',
    body: update('text_block'),
    answer: updated('text_block'),
    events: [{ type: 'text_block', data: { content: '' } }],
  },
  {
    name: 'takes a tool call under both names of its input',
    body: update('tool_execution_pre', { tool_name: 'Read', input: { file_path: 'a' }, tool_use_id: 't1' }),
    answer: updated('tool_execution_pre'),
    events: [
      {
        type: 'tool_use_pre',
        data: { tool_name: 'Read', input: { file_path: 'a' }, tool_input: { file_path: 'a' }, tool_use_id: 't1' },
      },
    ],
  },
  {
    name: 'takes a tool call without anything',
    body: update('tool_execution_pre', null),
    answer: updated('tool_execution_pre'),
    events: [{ type: 'tool_use_pre', data: { tool_name: '' } }],
  },
  {
    name: 'takes a result under both names of its output',
    body: update('tool_execution_post', { tool_name: 'Read', output: 'o', success: true, error: null, duration_ms: 3 }),
    answer: updated('tool_execution_post'),
    events: [
      {
        type: 'tool_use_post',
        data: { output: 'o', tool_output: 'o', status: 'success', success: true, duration_ms: 3 },
      },
    ],
  },
  ...[{ success: false }, { error: 'boom' }, { status: 'error' }].map(sign => ({
    name: `shows a failed tool by ${JSON.stringify(sign)}`,
    body: update('tool_execution_post', { tool_name: 'Bash', output: '', ...sign }),
    answer: updated('tool_execution_post'),
    events: [{ type: 'tool_use_post', data: { status: 'error', success: false } }],
  })),
  {
    name: 'takes a text_block',
    body: update('text_block', { content: 'words', sequence: null }),
    answer: updated('text_block'),
    events: [{ type: 'text_block', data: { content: 'words' } }],
  },
  {
    name: 'wants an event_type',
    body: { adw_id },
    status: 400,
    answer: "Missing 'adw_id' or 'event_type' in request",
  },
  {
    name: 'wants an id',
    body: { event_type: 'thinking' },
    status: 400,
    answer: "Missing 'adw_id' or 'event_type' in request",
  },
  { name: 'knows seven types', body: update('dream'), status: 400, answer: 'Unknown event type: dream' },
  {
    name: 'knows no inherited type',
    body: update('constructor'),
    status: 400,
    answer: 'Unknown event type: constructor',
  },
]);

const done = (message: string) => ({ status: 'success', message, adw_id });

const ANNOUNCEMENTS: Case[] = [
  ...rows('workflow-phase-transition', [
    {
      name: 'takes a phase, on the screen as well',
      body: { adw_id, phase_from: 'plan', phase_to: 'build', workflow_name: 'w', metadata: { a: 1 } },
      answer: done('Phase transition broadcasted'),
      events: [
        { type: 'workflow_phase_transition', data: { phase_from: 'plan', phase_to: 'build', metadata: { a: 1 } } },
        { type: 'agent_log', data: { message: 'Phase: plan → build', level: 'INFO' } },
      ],
    },
    {
      name: 'takes null for everything optional',
      body: { adw_id, phase_from: null, phase_to: 'plan', workflow_name: null, metadata: null },
      answer: done('Phase transition broadcasted'),
      events: [
        { type: 'workflow_phase_transition', data: { phase_to: 'plan', metadata: {} } },
        { type: 'agent_log', data: { message: 'Phase: plan' } },
      ],
    },
    {
      name: 'fills in what is omitted',
      body: { adw_id, phase_to: 'plan' },
      answer: done('Phase transition broadcasted'),
      events: [
        { type: 'workflow_phase_transition', data: { phase_to: 'plan', metadata: {} } },
        { type: 'agent_log', data: { message: 'Phase: plan' } },
      ],
    },
    { name: 'wants a phase', body: { adw_id }, status: 400, answer: 'Missing required fields: adw_id, phase_to' },
    { name: 'wants an id', body: { phase_to: 'x' }, status: 400, answer: 'Missing required fields: adw_id, phase_to' },
  ]),
  ...rows('agent-output-chunk', [
    {
      name: 'takes a chunk',
      body: { adw_id, agent_role: 'tester', content: '{}', line_number: 1, total_lines: 2, is_complete: true },
      answer: done('Agent output chunk broadcasted'),
      events: [
        {
          type: 'agent_output_chunk',
          data: { agent_role: 'tester', content: '{}', line_number: 1, is_complete: true },
        },
      ],
    },
    {
      name: 'takes null for everything optional',
      body: { adw_id, agent_role: 'tester', content: '{}', line_number: null, total_lines: null, is_complete: null },
      answer: done('Agent output chunk broadcasted'),
      events: [{ type: 'agent_output_chunk', data: { is_complete: false } }],
    },
    {
      name: 'fills in what is omitted',
      body: { adw_id, agent_role: 'tester', content: '{}' },
      answer: done('Agent output chunk broadcasted'),
      events: [{ type: 'agent_output_chunk', data: { agent_role: 'tester', content: '{}', is_complete: false } }],
    },
    ...[
      { agent_role: 'tester', content: '{}' },
      { adw_id, content: '{}' },
    ].map(body => ({
      name: `wants more than ${Object.keys(body).join(' and ')}`,
      body,
      status: 400,
      answer: 'Missing required fields: adw_id, agent_role, content',
    })),
    {
      name: 'wants content',
      body: { adw_id, agent_role: 'tester', content: '' },
      status: 400,
      answer: 'Missing required fields: adw_id, agent_role, content',
    },
  ]),
  ...rows('screenshot-available', [
    {
      name: 'takes a screenshot, on the screen as well',
      body: { adw_id, screenshot_path: 'reviewer/review_img/01.png', screenshot_type: null, metadata: null },
      answer: done('Screenshot notification broadcasted'),
      events: [
        { type: 'screenshot_available', data: { screenshot_type: 'review', metadata: {} } },
        { type: 'agent_log', data: { message: 'Screenshot: reviewer/review_img/01.png', level: 'INFO' } },
      ],
    },
    {
      name: 'fills in what is omitted and says where the picture will be',
      body: { adw_id, screenshot_path: 'reviewer/review_img/0 1.png' },
      answer: done('Screenshot notification broadcasted'),
      events: [
        {
          type: 'screenshot_available',
          data: {
            screenshot_type: 'review',
            metadata: {},
            url: `/api/v1/adws/${adw_id}/artifacts/reviewer/review_img/0%201.png`,
          },
        },
        { type: 'agent_log', data: { message: 'Screenshot: reviewer/review_img/0 1.png' } },
      ],
    },
    ...[{ adw_id }, { screenshot_path: 'x.png' }, { adw_id, screenshot_path: '' }].map(body => ({
      name: `wants an id and a path, not ${JSON.stringify(body)}`,
      body,
      status: 400,
      answer: 'Missing required fields: adw_id, screenshot_path',
    })),
  ]),
  ...rows('spec-created', [
    {
      name: 'takes a spec, on the screen as well',
      body: { adw_id, spec_path: 'specs/x.md', spec_type: null, metadata: {} },
      answer: done('Spec creation notification broadcasted'),
      events: [
        { type: 'spec_created', data: { spec_path: 'specs/x.md', spec_type: 'plan' } },
        { type: 'agent_log', data: { message: 'Spec: specs/x.md' } },
      ],
    },
    {
      name: 'fills in what is omitted and says where the spec will be',
      body: { adw_id, spec_path: 'specs/x.md' },
      answer: done('Spec creation notification broadcasted'),
      events: [
        {
          type: 'spec_created',
          data: { spec_type: 'plan', metadata: {}, url: `/api/v1/adws/${adw_id}/artifacts/specs/x.md` },
        },
        { type: 'agent_log', data: { message: 'Spec: specs/x.md' } },
      ],
    },
    ...[{ adw_id }, { spec_path: 'specs/x.md' }].map(body => ({
      name: `wants an id and a path, not ${JSON.stringify(body)}`,
      body,
      status: 400,
      answer: 'Missing required fields: adw_id, spec_path',
    })),
  ]),
];

const SINGLE_EVENTS: Case[] = [
  ...rows('agent-log-entry', [
    {
      name: 'fills in the level',
      body: { adw_id, message: 'm', details: null, context: null },
      answer: done('Agent log entry broadcasted'),
      events: [{ type: 'agent_log', data: { message: 'm', level: 'INFO' } }],
    },
    {
      name: 'takes a whole entry',
      body: { adw_id, message: 'm', level: 'ERROR', details: { a: 1 }, context: { b: 2 } },
      answer: done('Agent log entry broadcasted'),
      events: [{ type: 'agent_log', data: { message: 'm', level: 'ERROR', details: { a: 1 }, context: { b: 2 } } }],
    },
    { name: 'wants a message', body: { adw_id }, status: 422, answer: 'message: Field required' },
    { name: 'wants an id', body: { message: 'm' }, status: 422, answer: 'adw_id: Field required' },
  ]),
  ...rows('file-operation', [
    {
      name: 'fills in the lines',
      body: { adw_id, file_path: 'a.ts', operation: 'modified', diff: null },
      answer: done('File operation broadcasted'),
      events: [{ type: 'file_changed', data: { change_type: 'modified', lines_added: 0, lines_removed: 0 } }],
    },
    { name: 'wants a path', body: { adw_id, operation: 'read' }, status: 422, answer: 'file_path: Field required' },
    { name: 'wants an id', body: { file_path: 'a', operation: 'b' }, status: 422, answer: 'adw_id: Field required' },
    { name: 'wants an operation', body: { adw_id, file_path: 'a' }, status: 422, answer: 'operation: Field required' },
  ]),
  ...rows('agent-thinking', [
    {
      name: 'takes a thought',
      body: { adw_id, content: 'hm', duration_ms: null, sequence: null },
      answer: done('Agent thinking broadcasted'),
      events: [{ type: 'thinking_block', data: { content: 'hm' } }],
    },
    {
      name: 'takes a whole thought',
      body: { adw_id, content: 'hm', duration_ms: 5, sequence: 1 },
      answer: done('Agent thinking broadcasted'),
      events: [{ type: 'thinking_block', data: { content: 'hm', duration_ms: 5, sequence: 1 } }],
    },
    { name: 'wants a thought', body: { adw_id }, status: 422, answer: 'content: Field required' },
    { name: 'wants an id', body: { content: 'hm' }, status: 422, answer: 'adw_id: Field required' },
    {
      name: 'wants text',
      body: { adw_id, content: 7 },
      status: 422,
      answer: 'content: Input should be a valid string',
    },
  ]),
  ...rows('tool-execution', [
    {
      name: 'takes a call',
      body: { adw_id, tool_name: 'Bash', phase: 'pre', input_data: { command: 'ls' }, tool_use_id: 't' },
      answer: done('Tool execution broadcasted'),
      events: [{ type: 'tool_use_pre', data: { input: { command: 'ls' }, tool_input: { command: 'ls' } } }],
    },
    {
      name: 'takes a result, a success unless told otherwise',
      body: { adw_id, tool_name: 'Bash', phase: 'post', output: 'o', error: null, duration_ms: null },
      answer: done('Tool execution broadcasted'),
      events: [{ type: 'tool_use_post', data: { success: true, status: 'success', tool_output: 'o' } }],
    },
    {
      name: 'takes a failure',
      body: { adw_id, tool_name: 'Bash', phase: 'post', success: false, error: 'boom' },
      answer: done('Tool execution broadcasted'),
      events: [{ type: 'tool_use_post', data: { success: false, status: 'error', error: 'boom' } }],
    },
    {
      name: 'knows two phases',
      body: { adw_id, tool_name: 'Bash', phase: 'during' },
      status: 422,
      answer: "phase: Input should be 'pre' or 'post'",
    },
    {
      name: 'takes null for everything optional',
      body: {
        ...{ adw_id, tool_name: 'Bash', phase: 'pre', tool_use_id: null, input_data: null },
        ...{ output: null, duration_ms: null, success: null, error: null },
      },
      answer: done('Tool execution broadcasted'),
      events: [{ type: 'tool_use_pre', data: { tool_name: 'Bash' } }],
    },
    { name: 'wants an id', body: { tool_name: 'x', phase: 'pre' }, status: 422, answer: 'adw_id: Field required' },
    { name: 'wants a phase', body: { adw_id, tool_name: 'x' }, status: 422, answer: 'phase: Field required' },
    { name: 'wants a tool', body: { adw_id, phase: 'pre' }, status: 422, answer: 'tool_name: Field required' },
  ]),
];

/** The table of the reference's ingest routes, row by row. */
export const CASES: readonly Case[] = [
  ...WORKFLOW_UPDATES,
  ...STAGE_EVENTS,
  ...AGENT_STATE,
  ...ANNOUNCEMENTS,
  ...SINGLE_EVENTS,
];
