import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventData } from '../../src/event/schema.ts';
import { SEARCH_TEXT_CHARS_MAX, searchTextOf } from '../../src/event/search-text.ts';
import { EVENT_TYPES, type EventType } from '../../src/event/types.ts';

const textOf = (type: EventType, data: Record<string, unknown>) =>
  searchTextOf(type, { adw_id: '1a2b3c4d', ...data } as EventData);

describe('the text of an event', () => {
  it('holds what a person would look for: names, paths, words inside of inputs', () => {
    const input = { command: 'npm test', nested: [{ deep: 'inside' }, 42] };
    const text = textOf('tool_use_pre', { tool_name: 'Bash', input, tool_input: input, agent_role: 'tester' });
    for (const word of ['Bash', 'npm test', 'inside', '42', 'tester']) expect(text.split(word), word).toHaveLength(2);
  });

  it('takes the second name of a field where the first is missing', () => {
    expect(textOf('tool_use_post', { tool_name: 'Bash', output: 'one failed' })).toBe('Bash\none failed');
  });

  it('leaves raw chunks out: their lines are typed events already', () => {
    expect(textOf('agent_output_chunk', { content: 'words', agent_role: 'x' })).toBe('');
  });

  it('never grows beyond its limit by more than a few separators, and never fails', () => {
    const data = fc.dictionary(fc.constantFrom('content', 'message', 'tool_input', 'items', 'level'), fc.anything());
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_TYPES), data, (type, fields) => {
        expect(textOf(type, fields).length).toBeLessThanOrEqual(SEARCH_TEXT_CHARS_MAX + 100);
      }),
    );
    expect(textOf('text_block', { content: 'x'.repeat(100_000) })).toHaveLength(SEARCH_TEXT_CHARS_MAX);
  });
});
