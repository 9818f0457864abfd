import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type NewEvent } from '../../../src/event/schema.ts';
import { SEARCH_TEXT_CHARS_MAX } from '../../../src/event/search-text.ts';
import { derive } from '../../../src/server/ingest/derive.ts';

const event = (type: string, data: Record<string, unknown>) =>
  ({ type, data: { adw_id: '1a2b3c4d', ...data } }) as unknown as NewEvent;

describe('the status of an event', () => {
  it.each([
    ['tool_use_post', { success: false, status: 'success' }, 'error'],
    ['tool_use_post', { success: true, status: 'error' }, 'error'],
    ['tool_use_post', { success: true, status: 'success' }, 'ok'],
    ['session_ended', { is_error: true, subtype: 'success' }, 'error'],
    ['session_ended', { is_error: false, subtype: 'success' }, 'ok'],
    ['status_update', { status: 'failed' }, 'error'],
    ['status_update', { status: 'completed' }, 'ok'],
    ['status_update', { status: 'in_progress' }, ''],
    ['agent_log', { level: 'ERROR' }, 'error'],
    ['agent_log', { level: 'INFO' }, ''],
    ['workflow_log', { level: 'SUCCESS' }, 'ok'],
    ['stage_transition', { to_stage: 'errored' }, 'error'],
    ['malformed_line', {}, 'error'],
    ['text_block', { status: 'error' }, ''],
  ])('%s %o is "%s"', (type, data, status) => {
    expect(derive(event(type, data)).status).toBe(status);
  });
});

describe('the text of an event', () => {
  it('holds what a person would look for: names, paths, words inside of inputs', () => {
    const input = { command: 'npm test', nested: [{ deep: 'inside' }, 42] };
    const { text } = derive(event('tool_use_pre', { tool_name: 'Bash', input, tool_input: input }));
    for (const word of ['Bash', 'npm test', 'inside', '42']) expect(text.split(word), word).toHaveLength(2);
  });

  it('leaves raw chunks out: their lines are typed events already', () => {
    expect(derive(event('agent_output_chunk', { content: 'words', agent_role: 'x' })).text).toBe('');
  });

  it('never grows beyond its limit by more than a few separators, and never fails', () => {
    const data = fc.dictionary(
      fc.constantFrom('content', 'message', 'tool_input', 'duration_ms', 'level'),
      fc.anything(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_TYPES), data, (type, fields) => {
        const { text, durationMs } = derive(event(type, fields));
        expect(text.length).toBeLessThanOrEqual(SEARCH_TEXT_CHARS_MAX + 100);
        expect(durationMs === undefined || durationMs >= 0).toBe(true);
      }),
    );
    expect(derive(event('text_block', { content: 'x'.repeat(100_000) })).text).toHaveLength(SEARCH_TEXT_CHARS_MAX);
  });
});

describe('the columns of an event', () => {
  it('are its role and its duration, where it has them', () => {
    const told = derive(event('tool_use_post', { agent_role: 'tester', duration_ms: 12.5, success: true }));
    expect(told).toMatchObject({ role: 'tester', durationMs: 12.5 });
    expect(derive(event('text_block', { agent_role: null, duration_ms: null }))).toMatchObject({
      role: undefined,
      durationMs: undefined,
    });
  });
});
