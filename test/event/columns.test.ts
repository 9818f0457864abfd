import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/event/columns.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

describe('the outcome of an event', () => {
  it.each([
    ['tool_use_post', { success: false, status: 'success' }, 'error'],
    ['tool_use_post', { success: true, status: 'error' }, 'error'],
    ['tool_use_post', { success: true, status: 'success' }, 'ok'],
    ['session_ended', { is_error: true, subtype: 'success' }, 'error'],
    ['session_ended', { is_error: false, subtype: 'error_max_turns' }, 'error'],
    ['session_ended', { is_error: false, subtype: 'success' }, 'ok'],
    ['status_update', { status: 'failed' }, 'error'],
    ['status_update', { status: 'completed' }, 'ok'],
    ['status_update', { status: 'in_progress' }, ''],
    ['adw_status', { status: 'failed' }, 'error'],
    ['adw_status', { status: 'completed' }, 'ok'],
    ['adw_status', { status: 'stalled' }, ''],
    ['agent_status_change', { new_status: 'failed' }, 'error'],
    ['agent_log', { level: 'ERROR' }, 'error'],
    ['agent_log', { level: 'critical' }, 'error'],
    ['agent_log', { level: 'INFO' }, ''],
    ['agent_log', { level: 7 }, ''],
    ['workflow_log', { level: 'SUCCESS' }, 'ok'],
    ['stage_transition', { to_stage: 'errored' }, 'error'],
    ['malformed_line', {}, 'error'],
    ['text_block', { status: 'error', level: 'ERROR' }, ''],
    ['of_a_newer_server', { level: 'ERROR' }, ''],
  ])('%s %o is "%s"', (type, data, status) => {
    expect(columnsOf(type, data).status).toBe(status);
  });
});

describe('the columns of an event', () => {
  it('are its role and how long it took, where it says so', () => {
    expect(columnsOf('tool_use_post', { agent_role: 'tester', duration_ms: 12.5, success: true })).toMatchObject({
      role: 'tester',
      durationMs: 12.5,
    });
    expect(columnsOf('thinking_block', { agent_role: null, duration_ms: null })).toMatchObject({
      role: undefined,
      durationMs: undefined,
    });
  });

  it('have no duration for a type that tells of a moment', () => {
    expect(columnsOf('text_block', { duration_ms: 5 }).durationMs).toBeUndefined();
  });

  it('have a role that a store keeps as it is', () => {
    const role = (agent_role: string) => columnsOf('text_block', { agent_role }).role;
    expect(role(`a\0b\ud800`)).toBe('a\ufffdb\ufffd');
    expect(role('😀')).toBe('😀');
    expect(role('x'.repeat(1_000))).toHaveLength(256);
  });

  it('never fail, whatever a field holds', () => {
    const data = fc.dictionary(
      fc.constantFrom('agent_role', 'duration_ms', 'level', 'status', 'success', 'subtype', 'to_stage'),
      fc.anything(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_TYPES, 'toString', '__proto__'), data, (type, fields) => {
        const { durationMs, status } = columnsOf(type, fields);
        expect(durationMs === undefined || durationMs >= 0).toBe(true);
        expect(['', 'ok', 'error']).toContain(status);
      }),
    );
  });
});
