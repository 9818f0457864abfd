import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IngestServer, NOW, startIngestServer } from './ingest-server.ts';

const adw_id = '0b5a1c1e-1111-4222-8333-123456789abc';
let server: IngestServer;
beforeEach(async () => {
  server = await startIngestServer({ idFormat: 'any' });
});
afterEach(() => server.close());

const accept = async (message: unknown) => {
  await server.ingest.acceptMessage(message);
  return server.log();
};
const adwEvent = (event: Record<string, unknown>) => ({
  type: 'adw_broadcast',
  broadcast_type: 'adw_event',
  adw_id,
  event: { id: 'e1', adw_id, adw_step: 'plan-feature', ...event },
  timestamp: '2026-01-01T10:00:00.123456',
});

describe('a workflow_log of a WebSocket client', () => {
  const data = { adw_id, workflow_name: 'w', message: 'm', level: 'INFO', timestamp: NOW };

  it('is stored', async () => {
    expect(await accept({ type: 'workflow_log', data })).toMatchObject([{ type: 'workflow_log', data }]);
  });

  it('is refused with the names of the fields that are not there', async () => {
    const incomplete = { adw_id, message: 'm', timestamp: NOW };
    await expect(accept({ type: 'workflow_log', data: incomplete })).rejects.toMatchObject({
      message: 'Missing required fields for workflow_log: workflow_name, level',
    });
    await expect(accept({ type: 'workflow_log' })).rejects.toMatchObject({
      message: 'Missing required fields for workflow_log: adw_id, workflow_name, message, level, timestamp',
    });
  });
});

describe('a flat frame', () => {
  it.each([
    [{ broadcast_type: 'adw_created', adw: { id: adw_id, name: 'n' } }, 'agent_created', { adw_id, name: 'n' }],
    [
      { broadcast_type: 'adw_updated', adw_id, adw: { a: 1 } },
      'agent_updated',
      { state: { a: 1 }, changed_fields: ['a'] },
    ],
    [
      { broadcast_type: 'adw_status', adw_id, status: 'in_progress', current_step: 's' },
      'status_update',
      { status: 'in_progress' },
    ],
    [
      { broadcast_type: 'adw_status', adw_id, status: 'cancelled', error_message: 'stop' },
      'status_update',
      { status: 'failed', message: 'stop' },
    ],
    [
      { broadcast_type: 'adw_event_summary_update', adw_id, event_id: 'e', summary: 's' },
      'summary_update',
      { content: 's', summary_of: 'e' },
    ],
    [
      { type: 'agent_broadcast', broadcast_type: 'agent_created', adw_id, agent: { name: 'x' } },
      'agent_created',
      { name: 'x' },
    ],
    [
      { type: 'agent_broadcast', broadcast_type: 'agent_updated', agent_id: 'g', agent: { adw_id, cost: 1 } },
      'agent_updated',
      { agent_id: 'g', state: { cost: 1 } },
    ],
    [
      { type: 'agent_broadcast', broadcast_type: 'agent_status_changed', adw_id, old_status: 'a', new_status: 'b' },
      'agent_status_change',
      { new_status: 'b' },
    ],
  ])('%o becomes %s', async (frame, type, data) => {
    expect(await accept({ type: 'adw_broadcast', timestamp: NOW, ...frame })).toMatchObject([
      { type, data: { adw_id, timestamp: NOW, ...data } },
    ]);
  });

  it.each([
    [
      { event_type: 'PreToolUse', payload: { tool_name: 'Read', tool_input: { p: 1 } } },
      'tool_use_pre',
      { tool_name: 'Read', input: { p: 1 } },
    ],
    [
      { event_type: 'PostToolUse', content: 'out', payload: { tool_name: 'Read' } },
      'tool_use_post',
      { output: 'out', success: true },
    ],
    [{ event_type: 'text', content: 'words' }, 'text_block', { content: 'words' }],
    [{ event_type: 'thinking', content: 'hm' }, 'thinking_block', { content: 'hm' }],
    [
      { event_type: 'SystemError', content: 'boom', event_category: 'system' },
      'agent_log',
      { level: 'ERROR', message: 'boom' },
    ],
    [{ event_type: 'Stop', summary: 'over' }, 'agent_log', { level: 'INFO', message: 'over' }],
  ])('of an event %o becomes %s', async (event, type, data) => {
    const log = await accept(adwEvent(event));
    expect(log).toMatchObject([{ type, data: { adw_id, event_id: 'e1', agent_role: 'plan-feature', ...data } }]);
    expect(log[0]?.data.timestamp).toMatch(/Z$/);
  });

  it('of a step becomes a phase, and a line on the screen', async () => {
    const frame = {
      broadcast_type: 'adw_step_change',
      adw_id,
      step: 'plan-feature',
      event_type: 'StepEnd',
      payload: { status: 'failed', duration_ms: 7 },
    };
    expect(await accept({ type: 'adw_broadcast', ...frame })).toMatchObject([
      { type: 'workflow_phase_transition', data: { phase_to: 'plan-feature', duration_ms: 7 } },
      { type: 'agent_log', data: { level: 'ERROR', message: 'Step plan-feature failed' } },
    ]);
  });

  it('that says nothing we know, or of no valid ADW, is refused and stores nothing', async () => {
    const broadcast = { type: 'adw_broadcast', broadcast_type: 'adw_updated', adw: {} };
    await expect(accept({ ...broadcast, broadcast_type: 'toString' })).rejects.toMatchObject({ code: 'invalid_event' });
    await expect(accept({ ...broadcast, adw_id: '../x' })).rejects.toMatchObject({ code: 'invalid_adw_id' });
    await expect(accept(broadcast)).rejects.toMatchObject({ code: 'invalid_adw_id' });
    await expect(accept('text')).rejects.toMatchObject({ code: 'invalid_body' });
    await expect(accept({ type: 'other' })).rejects.toMatchObject({ code: 'invalid_event' });
    expect(await server.log()).toEqual([]);
  });
});

describe('a flat frame with an object where a word belongs', () => {
  const noWord = { toString: null };

  it.each([
    ['adw_status', { status: noWord }],
    ['adw_step_change', { step: noWord, event_type: 'StepStart' }],
    ['adw_event', { event: { event_type: noWord } }],
  ])('is refused as invalid: %s', async (broadcast_type, fields) => {
    const frame = { type: 'adw_broadcast', broadcast_type, adw_id, ...fields };
    await expect(accept(frame)).rejects.toMatchObject({ code: 'invalid_event' });
    expect(await server.log()).toEqual([]);
  });
});

describe('an agent that was named once with its ADW', () => {
  const status = (agent_id: string, more = {}) => ({
    type: 'agent_broadcast',
    broadcast_type: 'agent_status_changed',
    agent_id,
    new_status: 'idle',
    ...more,
  });

  it('is known again by its name alone, unless that is no name but a flood', async () => {
    const flood = 'x'.repeat(129);
    await accept(status('planner', { adw_id }));
    expect(await accept(status('planner'))).toHaveLength(2);
    expect(await accept(status(flood, { adw_id }))).toHaveLength(3);
    await expect(accept(status(flood))).rejects.toMatchObject({ code: 'invalid_adw_id' });
  });
});
