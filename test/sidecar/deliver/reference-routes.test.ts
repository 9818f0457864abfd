import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/event/schema.ts';
import { EVENT_TYPES } from '../../../src/event/types.ts';
import { referencePosts } from '../../../src/sidecar/deliver/reference-routes.ts';

const common = { adw_id: 'abcd1234', timestamp: '2026-01-01T00:00:00.000Z', agent_role: 'tester' };
const posts = (type: NewEvent['type'], fields: Record<string, unknown> = {}) =>
  referencePosts({ type, data: { ...common, ...fields } } as NewEvent);
/** A body of `/api/agent-state-update`. */
const update = (event_type: string, data: Record<string, unknown>) => ({
  route: '/api/agent-state-update',
  body: { adw_id: common.adw_id, event_type, timestamp: common.timestamp, data },
});

describe('an event goes', () => {
  it.each([
    ['agent_updated', 'state_change', { state: { a: 1 }, changed_fields: ['a'] }],
    ['agent_log', 'log_entry', { message: 'm', level: 'ERROR' }],
    ['file_changed', 'file_operation', { file_path: 'a', operation: 'modify' }],
    ['thinking_block', 'thinking', { content: 'hm' }],
    ['tool_use_pre', 'tool_execution_pre', { tool_name: 'Bash', input: { command: 'ls' } }],
    ['tool_use_post', 'tool_execution_post', { tool_name: 'Bash', output: 'o', success: true, status: 'success' }],
    ['text_block', 'text_block', { content: 'words' }],
  ] as const)('%s as a %s', (type, kind, fields) => {
    expect(posts(type, fields)).toMatchObject([update(kind, fields)]);
  });

  it.each([
    ['agent_output_chunk', '/api/agent-output-chunk', { content: '{}', line_number: 1, total_lines: 1 }],
    ['screenshot_available', '/api/screenshot-available', { screenshot_path: 'a.png' }],
    ['spec_created', '/api/spec-created', { spec_path: 'specs/a.md' }],
    ['stage_transition', '/api/stage-event', { from_stage: 'plan', to_stage: 'build' }],
  ] as const)('%s as the body of %s', (type, route, fields) => {
    expect(posts(type, fields)).toEqual([{ route, body: { ...common, ...fields } }]);
  });

  it.each(['status_update', 'workflow_log'] as const)('%s wrapped, to /api/workflow-updates', type => {
    const fields = { workflow_name: 'w', message: 'm', level: 'INFO', status: 'started' };
    expect(posts(type, fields)).toEqual([
      { route: '/api/workflow-updates', body: { type, data: { ...common, ...fields } } },
    ]);
  });

  it.each([
    [
      'attempt_started',
      { attempt: 2, reason: 'rewritten', lost_bytes: 9 },
      /^tester: attempt 2 started \(rewritten, 9/,
    ],
    ['todo_update', { items: [{ content: 'do it', state: 'in_progress' }] }, /^tester: todos 0\/1 · do it$/],
    [
      'malformed_line',
      { reason: 'not JSON', bytes: 3, preview: '{"a' },
      /^tester: a line could not be read \(not JSON\)/,
    ],
    ['agent_created', {}, /^tester: created$/],
  ] as const)('%s in words', (type, fields, message) => {
    expect(posts(type, fields)).toMatchObject([
      update('log_entry', { message: expect.stringMatching(message), event_type: type }),
    ]);
  });

  it('workflow_phase_transition as the body of its route, and in words for the screen', () => {
    const fields = { phase_from: 'plan', phase_to: 'build' };
    expect(posts('workflow_phase_transition', fields)).toMatchObject([
      { route: '/api/workflow-phase-transition', body: { ...common, ...fields } },
      update('log_entry', { message: 'Phase: plan → build', level: 'INFO', event_type: 'workflow_phase_transition' }),
    ]);
  });

  it('agent_summary_update as a state_change, and in words for the screen', () => {
    expect(posts('agent_summary_update', { summary: 's', status: 'completed' })).toMatchObject([
      update('state_change', { summary: 's', status: 'completed' }),
      update('log_entry', { message: 's', level: 'INFO', event_type: 'agent_summary_update' }),
    ]);
  });

  it.each([
    ['session_started', {}],
    ['session_ended', { subtype: 'success', is_error: false }],
    ['artifact', { path: 'a' }],
    ['usage_update', {}],
    ['agent_output_chunk', { content: '' }],
    ['stage_transition', { from_stage: 'plan', to_stage: 'clarify' }],
  ] as const)('%s nowhere: another event says it, or nothing is to be said', (type, fields) => {
    expect(posts(type, fields)).toEqual([]);
  });

  it('somewhere or nowhere, but never to a route that the reference does not have', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_TYPES), type => {
        for (const { route } of posts(type, { items: [], reason: '', preview: '', content: 'x' })) {
          expect(route).toMatch(/^\/api\/[a-z-]+$/);
        }
      }),
    );
  });
});
