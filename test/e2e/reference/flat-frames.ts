import { expect } from 'vitest';
import { startOwnDropIn } from './drop-in.ts';
import type { KnownType } from './messages.ts';
import type { Rule } from './rules.ts';

/** A frame of a workflow that pushes over a WebSocket of its own, and what a browser hears of it. */
export interface FrameCase {
  readonly frame: Readonly<Record<string, unknown>>;
  readonly heard: readonly (readonly [KnownType, Readonly<Record<string, unknown>>])[];
}

/** The id of such a workflow. */
export const WORKFLOW_ID = '0b5a1c1e-1111-4222-8333-123456789abc';
const adw_id = WORKFLOW_ID;

const event = (fields: Readonly<Record<string, unknown>>) => ({
  type: 'adw_broadcast',
  broadcast_type: 'adw_event',
  adw_id,
  event: { id: null, adw_id, adw_step: 'plan-feature', agent_id: 'agent-1', summary: null, ...fields },
});
const told = { agent_role: 'plan-feature' };

/** By `broadcast_type`, in the order that a workflow sends them. */
export const FRAMES: Readonly<Record<string, readonly FrameCase[]>> = {
  adw_created: [
    {
      frame: {
        type: 'adw_broadcast',
        broadcast_type: 'adw_created',
        adw: { id: adw_id, adw_name: 'n', status: 'pending' },
      },
      heard: [['agent_created', { adw_id, adw_name: 'n' }]],
    },
  ],
  adw_updated: [
    {
      frame: { type: 'adw_broadcast', broadcast_type: 'adw_updated', adw_id, adw: { total_cost: 1 } },
      heard: [['agent_updated', { adw_id, state: { total_cost: 1 }, changed_fields: ['total_cost'] }]],
    },
  ],
  adw_status: [
    {
      frame: {
        type: 'adw_broadcast',
        broadcast_type: 'adw_status',
        adw_id,
        status: 'in_progress',
        current_step: 'plan',
      },
      heard: [['status_update', { status: 'in_progress', current_step: 'plan' }]],
    },
    {
      frame: { type: 'adw_broadcast', broadcast_type: 'adw_status', adw_id, status: 'failed', error_message: 'boom' },
      heard: [['status_update', { status: 'failed', message: 'boom' }]],
    },
  ],
  adw_step_change: [
    {
      frame: {
        type: 'adw_broadcast',
        broadcast_type: 'adw_step_change',
        adw_id,
        step: 'plan-feature',
        event_type: 'StepStart',
      },
      heard: [
        ['workflow_phase_transition', { phase_to: 'plan-feature' }],
        ['agent_log', { message: 'Step plan-feature started', level: 'INFO' }],
      ],
    },
    {
      frame: {
        ...{ type: 'adw_broadcast', broadcast_type: 'adw_step_change', adw_id, step: 'plan-feature' },
        ...{ event_type: 'StepEnd', payload: { status: 'success', duration_ms: 5 } },
      },
      heard: [
        ['workflow_phase_transition', { phase_to: 'plan-feature', duration_ms: 5 }],
        ['agent_log', { message: 'Step plan-feature success', level: 'SUCCESS' }],
      ],
    },
  ],
  adw_event: [
    {
      frame: event({
        event_category: 'hook',
        event_type: 'PreToolUse',
        payload: { tool_name: 'Read', tool_input: { p: 1 } },
      }),
      heard: [['tool_use_pre', { ...told, tool_name: 'Read', input: { p: 1 }, tool_input: { p: 1 } }]],
    },
    {
      frame: event({
        event_category: 'hook',
        event_type: 'PostToolUse',
        content: 'out',
        payload: { tool_name: 'Read' },
      }),
      heard: [['tool_use_post', { ...told, tool_name: 'Read', output: 'out', status: 'success' }]],
    },
    {
      frame: event({ event_category: 'response', event_type: 'text', content: 'words', payload: null }),
      heard: [['text_block', { ...told, content: 'words' }]],
    },
    {
      frame: event({ event_category: 'response', event_type: 'thinking', content: 'hm', payload: {} }),
      heard: [['thinking_block', { ...told, content: 'hm' }]],
    },
    {
      frame: event({ adw_step: null, event_category: 'system', event_type: 'SystemError', content: 'boom' }),
      heard: [['agent_log', { message: 'boom', level: 'ERROR' }]],
    },
  ],
  adw_event_summary_update: [
    {
      frame: {
        type: 'adw_broadcast',
        broadcast_type: 'adw_event_summary_update',
        adw_id,
        event_id: 'e1',
        summary: 's',
      },
      heard: [['summary_update', { content: 's', summary_of: 'e1' }]],
    },
  ],
  agent_created: [
    {
      frame: { type: 'agent_broadcast', broadcast_type: 'agent_created', agent: { id: 'agent-2', adw_id, name: 'x' } },
      heard: [['agent_created', { adw_id, name: 'x' }]],
    },
  ],
  agent_status_changed: [
    {
      frame: {
        ...{ type: 'agent_broadcast', broadcast_type: 'agent_status_changed' },
        ...{ agent_id: 'agent-2', old_status: 'idle', new_status: 'executing' },
      },
      heard: [['agent_status_change', { adw_id, old_status: 'idle', new_status: 'executing' }]],
    },
  ],
  agent_updated: [
    {
      frame: {
        ...{ type: 'agent_broadcast', broadcast_type: 'agent_updated' },
        ...{ agent_id: 'agent-1', agent: { input_tokens: 5, total_cost: 0.1, session_id: 's' } },
      },
      heard: [['agent_updated', { adw_id, state: { input_tokens: 5, total_cost: 0.1, session_id: 's' } }]],
    },
  ],
};

/** A timestamp as those workflows write it: local, to the microsecond, without a zone. */
export const LOCAL_TIMESTAMP = '2026-01-01T10:00:00.123456';

/** Where such a workflow connects, and what it meets. */
export const FRAME_RULES: Readonly<Record<string, Rule>> = {
  URL: async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const workflow = await dropIn.board('/ws');
    workflow.send({ ...FRAMES.adw_updated?.[0]?.frame, timestamp: LOCAL_TIMESTAMP });
    await workflow.first('agent_updated');
  },
  Greeting: async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    expect((await dropIn.board('/ws')).messages[0]?.type).toBe('connection_ack');
  },
  Failure: async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const workflow = await dropIn.board('/ws');
    workflow.send({ type: 'adw_broadcast', broadcast_type: 'unheard-of', adw_id: WORKFLOW_ID });
    workflow.send({ ...FRAMES.agent_updated?.[0]?.frame, timestamp: LOCAL_TIMESTAMP });
    await workflow.until(() => workflow.of('error').length === 2);
    expect(workflow.of('error').map(({ data }) => data?.error_code)).toEqual(['invalid_event', 'invalid_adw_id']);
    workflow.send({ ...FRAMES.adw_updated?.[0]?.frame, timestamp: LOCAL_TIMESTAMP });
    await workflow.first('agent_updated');
  },
  'Text that is not JSON': async () => {
    const dropIn = await startOwnDropIn({ idFormat: 'any' });
    const workflow = await dropIn.board('/ws');
    workflow.send('keep-alive');
    await workflow.first('error');
    workflow.send({ ...FRAMES.adw_updated?.[0]?.frame, timestamp: LOCAL_TIMESTAMP });
    await workflow.first('agent_updated');
  },
  Ids: async () => {
    const dropIn = await startOwnDropIn();
    const workflow = await dropIn.board('/ws');
    workflow.send({ ...FRAMES.adw_updated?.[0]?.frame, timestamp: LOCAL_TIMESTAMP });
    expect((await workflow.first('error')).data).toMatchObject({ error_code: 'invalid_adw_id' });
  },
};
