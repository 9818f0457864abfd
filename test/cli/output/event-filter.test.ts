import { describe, expect, test } from 'vitest';
import { createEventFilter } from '../../../src/cli/output/event-filter.ts';
import type { NewEvent } from '../../../src/event/schema.ts';

const everything = { role: [], type: [], since: undefined, include: undefined, exclude: undefined };
const nowMs = Date.parse('2026-01-01T12:00:00Z');
const event = (fields: object = {}): NewEvent => ({
  type: 'text_block',
  data: { adw_id: '1a2b3c4d', content: 'x', agent_role: 'test_runner', timestamp: '2026-01-01T11:59:00Z', ...fields },
});

describe('filtering events', () => {
  test('nothing asked for lets everything through', () => {
    const filter = createEventFilter(everything, nowMs);
    expect([filter.wants(event()), filter.wantsLine('x')]).toEqual([true, true]);
  });

  test('a role may be named in part with *', () => {
    const wants = (role: string[], name: string) =>
      createEventFilter({ ...everything, role }, nowMs).wants(event({ agent_role: name }));
    expect(wants(['test_runner'], 'test_runner')).toBe(true);
    expect(wants(['test_*'], 'test_resolver_iter1')).toBe(true);
    expect(wants(['test'], 'test_runner')).toBe(false);
    expect(wants(['a.c'], 'abc')).toBe(false);
  });

  test('--since leaves out what is older, and keeps what has no time', () => {
    const filter = createEventFilter({ ...everything, since: 30_000 }, nowMs);
    expect(filter.wants(event())).toBe(false);
    expect(filter.wants(event({ timestamp: '2026-01-01T11:59:45Z' }))).toBe(true);
    expect(filter.wants(event({ timestamp: undefined }))).toBe(true);
  });

  test('an unknown type is refused with the nearest one', () => {
    expect(() => createEventFilter({ ...everything, type: ['tool_use_pst'] }, nowMs)).toThrow(
      'Did you mean tool_use_post?',
    );
  });

  test('lines are kept by --include and left out by --exclude', () => {
    const filter = createEventFilter({ ...everything, include: /a/, exclude: /b/ }, nowMs);
    expect(['a', 'b', 'ab', 'c'].map(line => filter.wantsLine(line))).toEqual([true, false, false, false]);
  });
});
