import { adw_id, type Case, done, rows } from './case.ts';

/** Requests to the routes that only the second of the reference’s servers has. */
export const SINGLE_EVENTS: Case[] = [
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
      events: [{ type: 'tool_use_pre', data: { input: { command: 'ls' } } }],
    },
    {
      name: 'takes a result, a success unless told otherwise',
      body: { adw_id, tool_name: 'Bash', phase: 'post', output: 'o', error: null, duration_ms: null },
      answer: done('Tool execution broadcasted'),
      events: [{ type: 'tool_use_post', data: { success: true, status: 'success', output: 'o' } }],
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
