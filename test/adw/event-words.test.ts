import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventWords } from '../../src/adw/event-words.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

describe('the words of an event', () => {
  it.each([
    ['tool_use_pre', { tool_name: 'Bash', input: { command: 'npm test' } }, 'npm test'],
    ['tool_use_post', { error: null, output: [{ type: 'text', text: '1 failed' }] }, '1 failed'],
    ['workflow_phase_transition', { phase_from: null, phase_to: 'plan' }, 'start → plan'],
    [
      'attempt_started',
      { attempt: 2, reason: 'rewritten', lost_bytes: 9 },
      'attempt 2: the file was rewritten, 9 bytes were never read',
    ],
    ['attempt_started', { attempt: 1, reason: 'new' }, 'attempt 1'],
    ['session_started', { agent: 'Pi', agent_version: '1.6.0', model: 'm' }, 'Pi 1.6.0 · m'],
    ['session_started', { agent: 'Codex' }, 'Codex'],
    ['session_started', { claude_code_version: '2.1.44', model: 'm' }, 'Claude Code 2.1.44 · m'],
    ['session_started', {}, 'session'],
    [
      'todo_update',
      {
        items: [
          { content: 'a', state: 'completed' },
          { content: 'b', state: 'in_progress' },
        ],
      },
      '1/2 done · b',
    ],
    [
      'session_ended',
      { subtype: 'success', num_turns: 1, total_cost_usd: 0.31, result: 'Plan written' },
      'success · 1 turn · $0.31 · Plan written',
    ],
    [
      'session_ended',
      { subtype: 'success', is_error: true, num_turns: 80, result: 'Credit balance is too low' },
      'failed · 80 turns · Credit balance is too low',
    ],
    ['session_ended', { subtype: 'error_max_turns', num_turns: 9 }, 'failed · 9 turns · max turns'],
    ['status_update', { status: 'failed', message: 'Workflow failed' }, 'Workflow failed'],
    ['agent_deleted', {}, 'agent deleted'],
    ['of_a_newer_server', {}, 'of a newer server'],
  ])('%s %o is "%s"', (type, data, words) => {
    expect(eventWords(type, data)).toBe(words);
  });

  it('are text, whatever a field holds', () => {
    const data = fc.dictionary(
      fc.constantFrom(
        'items',
        'errors',
        'mcp_servers',
        'tools',
        'changed_fields',
        'input',
        'output',
        'content',
        'lines',
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_TYPES), data, (type, fields) => {
        expect(typeof eventWords(type, fields)).toBe('string');
      }),
    );
  });
});
