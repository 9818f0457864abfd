import { describe, expect, test } from 'vitest';
import { createPast } from '../../src/cli/past.ts';
import type { NewEvent } from '../../src/event/schema.ts';

const startedMs = Date.parse('2026-01-01T12:00:00Z');
const at = (time: string, content = time, path = 'p'): NewEvent => ({
  type: 'text_block',
  data: { adw_id: '1a2b3c4d', content, timestamp: `2026-01-01T${time}Z`, source: { path } },
});

function pastOf(options: { form?: 'pretty' | 'plain' | 'ndjson'; lines?: number }) {
  const told: string[] = [];
  const contentOf = (event: NewEvent) => (event.type === 'text_block' ? event.data.content : event.type);
  const printer = {
    print: (events: readonly NewEvent[]) => void told.push(...events.map(contentOf)),
    printLast: (events: readonly NewEvent[], count: number) =>
      void told.push(...events.map(contentOf).slice(Math.max(0, events.length - count))),
  };
  let leftOut = 0;
  const past = createPast({
    printer,
    form: options.form ?? 'plain',
    lines: options.lines,
    startedMs,
    onLeftOut: events => {
      leftOut = events;
    },
  });
  return { told, past, leftOut: () => leftOut };
}

describe('what was there before a watch began', () => {
  test('is told once it has all come, in order of time, its last lines only', () => {
    const { told, past } = pastOf({ lines: 2 });
    past.show([at('11:00:02'), at('11:00:03')]);
    past.show([at('11:00:01')]);
    expect(told).toEqual([]);
    past.tell();
    past.tell();
    expect(told).toEqual(['11:00:02', '11:00:03']);
  });

  test.each([
    ['that of a pipe', { form: 'plain' as const }, 2_000],
    ['that of a terminal', { form: 'pretty' as const }, 0],
  ])('is kept in part only where it is long: %s', (_, options, told) => {
    const { past, told: lines, leftOut } = pastOf(options);
    past.keep([at('10:00:00', 'first', 'another')]);
    for (let n = 0; n < 50_000; n++) past.keep([at('11:00:00', `${n}`)]);
    past.tell();
    expect(lines.at(-1)).toBe('49999');
    expect(lines[0]).toBe(told === 0 ? '49980' : 'first');
    expect(lines.length).toBeGreaterThanOrEqual(told);
    expect(lines.length).toBeLessThanOrEqual(told === 0 ? 20 : 4_001);
    expect(leftOut()).toBe(told === 0 ? 0 : 50_001 - lines.length);
  });

  test('does not hold up what happens now', () => {
    const { told, past } = pastOf({});
    past.show([at('11:00:00'), at('12:00:01')]);
    expect(told).toEqual(['12:00:01']);
  });

  test('is for programs no different from the present', () => {
    const { told, past } = pastOf({ form: 'ndjson' });
    past.show([at('11:00:00')]);
    past.tell();
    expect(told).toEqual(['11:00:00']);
  });
});
