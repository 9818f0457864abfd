import type { Received } from '../../server/fanout/support/client.ts';
import type { DropIn } from './drop-in.ts';

/** The types that the reference's browser client knows. */
export const KNOWN_TYPES = [
  'trigger_response',
  'status_update',
  'error',
  'pong',
  'workflow_log',
  'agent_summary_update',
  'agent_log',
  'thinking_block',
  'tool_use_pre',
  'tool_use_post',
  'file_changed',
  'text_block',
  'summary_update',
  'connection_ack',
  'heartbeat',
  'workflow_phase_transition',
  'agent_output_chunk',
  'screenshot_available',
  'spec_created',
  'stage_transition',
  'agent_created',
  'agent_updated',
  'agent_deleted',
  'agent_status_change',
  'orchestrator_updated',
  'system_log',
  'session_registered',
  'ticket_notification_response',
  'subscription_ack',
  'chat_message',
  'chat_stream',
  'typing_indicator',
] as const;

/** One of {@link KNOWN_TYPES}. */
export type KnownType = (typeof KNOWN_TYPES)[number];

/** A path and the body posted to it. */
type Post = readonly [path: string, body: unknown];

/** What makes the server send a message of a type, and what both of the reference's servers would put into it. */
export interface MessageCase {
  /** Posted to a route of the reference, … */
  readonly post?: Post;
  /** … or sent over the socket that gets the message. With neither, it comes by itself. */
  readonly send?: Readonly<Record<string, unknown>>;
  /** Fields of `data`, those that both servers have and those that only one has. */
  readonly data: Readonly<Record<string, unknown>>;
}

const adw_id = '1a2b3c4d';
const timestamp = '2026-01-01T10:00:00.123456Z';
const update = (event_type: string, data: Readonly<Record<string, unknown>>): Post => [
  '/api/agent-state-update',
  { adw_id, event_type, data, timestamp },
];
/** A type that only our own route takes: the reference's servers make it themselves. */
const native = (type: KnownType, fields: Readonly<Record<string, unknown>> = {}): MessageCase => {
  const data = { adw_id, timestamp, ...fields };
  return { post: ['/api/v1/events', [{ type, data }]], data };
};
const anything = (value: unknown) => typeof value === 'string' && value !== '';

const call = { tool_name: 'Bash', tool_use_id: 't1' };
const change = { file_path: 'a.ts', operation: 'modify', diff: '+a', summary: 's', lines_added: 1, lines_removed: 0 };
const thought = { content: 'hm', reasoning_type: 'plan', duration_ms: 5, sequence: 1 };
const status = { workflow_name: 'w', status: 'in_progress', message: 'm', progress_percent: 40, current_step: 'Build' };
const log = { adw_id, workflow_name: 'w', message: 'hello', level: 'INFO', timestamp };
const chunk = { agent_role: 'tester', content: '{}', line_number: 1, total_lines: 2, is_complete: false };
const shot = { screenshot_path: 'reviewer/review_img/1.png', screenshot_type: 'review', metadata: { file_size: 1 } };
const spec = { spec_path: 'specs/x.md', spec_type: 'plan', metadata: {} };
const phase = { phase_from: 'plan', phase_to: 'build', workflow_name: 'w', metadata: {} };
const entry = { message: 'm', level: 'WARNING', details: {}, context: {}, event_category: 'system' };

/** One case a type. `typing_indicator` has none: no person types here. */
export const MESSAGES: Readonly<Record<Exclude<KnownType, 'typing_indicator'>, MessageCase>> = {
  status_update: {
    post: ['/api/workflow-updates', { type: 'status_update', data: { adw_id, timestamp, ...status } }],
    data: { adw_id, timestamp, ...status },
  },
  workflow_log: { post: ['/api/workflow-updates', { type: 'workflow_log', data: log }], data: log },
  agent_log: { post: update('log_entry', entry), data: { adw_id, timestamp, ...entry } },
  agent_summary_update: {
    post: update('state_change', { summary: 's', status: 'running', current_step: 'Build', progress_percent: 40 }),
    data: { adw_id, timestamp, summary: 's', status: 'running', current_step: 'Build', progress_percent: 40 },
  },
  thinking_block: { post: update('thinking', thought), data: { adw_id, timestamp, ...thought } },
  text_block: {
    post: update('text_block', { content: 'words', sequence: 2 }),
    data: { adw_id, timestamp, content: 'words', sequence: 2 },
  },
  tool_use_pre: {
    post: update('tool_execution_pre', { ...call, input: { command: 'ls' } }),
    data: { adw_id, timestamp, ...call, tool_input: { command: 'ls' }, input: { command: 'ls' } },
  },
  tool_use_post: {
    post: update('tool_execution_post', { ...call, output: 'o', success: false, error: 'boom', duration_ms: 3 }),
    data: {
      adw_id,
      timestamp,
      ...call,
      tool_output: 'o',
      output: 'o',
      status: 'error',
      success: false,
      error: 'boom',
      duration_ms: 3,
    },
  },
  file_changed: {
    post: update('file_operation', change),
    data: { adw_id, timestamp, ...change, change_type: 'modify' },
  },
  workflow_phase_transition: {
    post: ['/api/workflow-phase-transition', { adw_id, ...phase }],
    data: { adw_id, timestamp: anything, ...phase },
  },
  agent_output_chunk: {
    post: ['/api/agent-output-chunk', { adw_id, ...chunk }],
    data: { adw_id, timestamp: anything, ...chunk },
  },
  screenshot_available: {
    post: ['/api/screenshot-available', { adw_id, ...shot }],
    data: { adw_id, timestamp: anything, url: `/api/v1/adws/${adw_id}/artifacts/${shot.screenshot_path}`, ...shot },
  },
  spec_created: {
    post: ['/api/spec-created', { adw_id, ...spec }],
    data: { adw_id, timestamp: anything, url: `/api/v1/adws/${adw_id}/artifacts/${spec.spec_path}`, ...spec },
  },
  stage_transition: {
    post: ['/api/stage-event', { adw_id, workflow_name: 'w', from_stage: 'plan', to_stage: 'build', timestamp }],
    data: {
      adw_id,
      workflow_name: 'w',
      from_stage: 'plan',
      to_stage: 'build',
      message: 'Transitioning from plan to build',
      timestamp,
    },
  },
  agent_updated: {
    post: update('state_change', { state: { a: 1 }, changed_fields: ['a'] }),
    data: { adw_id, state: { a: 1 }, changed_fields: ['a'] },
  },
  agent_created: native('agent_created', { name: 'tester' }),
  agent_deleted: native('agent_deleted'),
  agent_status_change: native('agent_status_change', { old_status: 'a', new_status: 'b', message: 'm' }),
  summary_update: native('summary_update', { summary_type: 'x', content: 's', related_file: null, metadata: {} }),
  system_log: native('system_log', { level: 'INFO', message: 'm', details: {}, context: {} }),
  orchestrator_updated: native('orchestrator_updated'),
  chat_message: native('chat_message', { content: 'hi' }),
  chat_stream: native('chat_stream', { content: 'hi', stream_type: 'text', is_complete: true }),
  trigger_response: {
    send: { type: 'trigger_workflow', data: { workflow_type: 'adw_plan_iso', adw_id } },
    data: {
      status: 'error',
      adw_id,
      workflow_name: 'adw_plan_iso',
      message: anything,
      logs_path: null,
      error: anything,
    },
  },
  ticket_notification_response: {
    send: { type: 'ticket_notification', data: { id: 1 } },
    data: { status: 'error', message: anything, error: anything },
  },
  error: {
    send: { type: 'dance' },
    data: {
      error_type: 'validation_error',
      error_code: 'unknown_message_type',
      message: 'Unknown message type: dance',
      error_message: 'Unknown message type: dance',
      details: {},
      timestamp: anything,
    },
  },
  pong: { send: { type: 'ping', timestamp: 5 }, data: { timestamp: anything } },
  connection_ack: { data: { connection_id: anything, connected_at: anything, message: anything } },
  heartbeat: {
    data: { timestamp: anything, server_time: anything, active_connections: 1, server_status: 'healthy' },
  },
  session_registered: {
    send: { type: 'register_session', data: { session_id: 's', client_info: {} } },
    data: { session_id: 's', message: anything },
  },
  subscription_ack: {
    send: { type: 'subscribe', adw_id },
    data: { adw_id, status: 'subscribed', timestamp: anything },
  },
};

/** Does what makes the server send a message of a type, and answers the message. */
export async function provoke(dropIn: DropIn, type: string, { post, send }: MessageCase): Promise<Received> {
  const board = await dropIn.board();
  if (post !== undefined) await dropIn.post(...post);
  if (send !== undefined) board.send(send);
  return board.first(type);
}

/** The fields of `data` that are not what a case says, as they are. */
export function differences({ data = {} }: Received, wanted: MessageCase['data']): string[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const fits =
      typeof value === 'function' ? value(data[field]) : JSON.stringify(data[field]) === JSON.stringify(value);
    return fits ? [] : [`${field}: ${JSON.stringify(data[field])}`];
  });
}
