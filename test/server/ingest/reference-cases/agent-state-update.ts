import { adw_id, rows, timestamp } from './case.ts';

const updated = (event_type: string) => ({
  status: 'success',
  message: 'Agent state update broadcasted',
  adw_id,
  event_type,
});
const update = (event_type: string, data?: unknown) => ({ adw_id, event_type, ...(data !== undefined && { data }) });

/** Requests to `/api/agent-state-update`. */
export const AGENT_STATE = rows('agent-state-update', [
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
        data: { tool_name: 'Read', input: { file_path: 'a' }, tool_use_id: 't1' },
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
        data: { output: 'o', status: 'success', success: true, duration_ms: 3 },
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
