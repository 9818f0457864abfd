import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boardWords, WORDED_TYPES } from '../../src/adw/board-words.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

describe('what the reference’s screen is told of events that only our page shows', () => {
  it.each([
    ['attempt_started', { attempt: 1, reason: 'new', lost_bytes: 0 }, 'tester: attempt 1 started (new)'],
    [
      'attempt_started',
      { attempt: 2, reason: 'rewritten', lost_bytes: 9 },
      'tester: attempt 2 started (rewritten, 9 bytes before it were never read)',
    ],
    ['todo_update', { items: [{ state: 'completed' }, { state: 'pending' }] }, 'tester: todos 1/2'],
    ['workflow_phase_transition', { phase_from: null, phase_to: 'plan' }, 'Phase: plan'],
    [
      'phase_update',
      { phase: 'check', state: 'failed', attempt: 2, error: 'x' },
      'Phase: check · failed · attempt 2 · x',
    ],
    ['gate_result', { gate: 'tests', passed: true, checks: ['a'] }, 'Gate: tests · passed · 1 check'],
  ] as const)('%s %j', (type, data, message) => {
    expect(boardWords(type, { agent_role: 'tester', ...data })).toEqual({ message, level: 'INFO' });
  });

  it('warns of lines that could not be read, and says no step twice that has a log entry of its own', () => {
    expect(boardWords('malformed_line', { reason: 'not JSON', preview: '{' })).toEqual({
      message: 'agent: a line could not be read (not JSON): {',
      level: 'WARNING',
    });
    expect(boardWords('workflow_phase_transition', { phase_to: 'plan', event_type: 'StepStart' })).toBeUndefined();
  });

  it('is words or nothing, whatever the data is', () => {
    const data = fc.dictionary(fc.constantFrom('items', 'attempt', 'reason', 'phase_to', 'agent_role'), fc.jsonValue());
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_TYPES), data, (type, fields) => {
        const words = boardWords(type, fields);
        if (words === undefined) return;
        expect(WORDED_TYPES).toContain(type);
        expect(words.message).not.toBe('');
      }),
    );
  });
});
