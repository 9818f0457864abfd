import { describe, expect, test } from 'vitest';
import { lineHead } from '../../../src/cli/output/line-head.ts';

const nowMs = new Date(2026, 0, 2, 12, 0, 0).getTime();
const at = (date: Date) => date.toISOString();
const today = at(new Date(2026, 0, 2, 9, 5, 7));

function headOf(data: object, options: { width?: number; times?: boolean } = {}): string {
  const { width = 80, times = true } = options;
  const event = { adw_id: '1a2b3c4d', agent_role: 'reviewer', ...data };
  const { text, cells } = lineHead(event, { paint: (_style, words) => words, width, times, nowMs });
  expect(text).toHaveLength(cells);
  return text;
}

describe('the beginning of a line', () => {
  test('names the role, in as many cells for each', () => {
    expect(headOf({}, { times: false })).toBe('reviewer           │ ');
    expect(headOf({ agent_role: null }, { times: false })).toBe('workflow           │ ');
    expect(headOf({ agent_role: 'sdlc_planner_committer' }, { times: false })).toBe('sdlc_planner_comm… │ ');
  });

  test('does not cut a name where lines may be long, so that it can be searched for', () => {
    const head = headOf({ agent_role: 'sdlc_planner_committer' }, { times: false, width: Number.POSITIVE_INFINITY });
    expect(head).toBe('sdlc_planner_committer │ ');
  });

  test('says how well its time is known', () => {
    expect(headOf({ timestamp: today, timing: 'observed' })).toBe('09:05:07  reviewer           │ ');
    expect(headOf({ timestamp: today, timing: 'estimated' })).toBe('09:05:07~ reviewer           │ ');
    expect(headOf({ timestamp: today, timing: 'unknown' })).toBe('--:--:--  reviewer           │ ');
    expect(headOf({})).toBe('--:--:--  reviewer           │ ');
  });

  test('gives the day unless it is today', () => {
    const earlier = at(new Date(2025, 11, 31, 23, 59, 58));
    expect(headOf({ timestamp: earlier, timing: 'exact' })).toBe('2025-12-31 23:59:58  reviewer           │ ');
  });
});
