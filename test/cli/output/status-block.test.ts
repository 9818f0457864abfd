import { describe, expect, test } from 'vitest';
import { applyEvent, initialState, summarize } from '../../../src/adw/fold.ts';
import { widthOf } from '../../../src/cli/output/cells.ts';
import { type LinkStatus, statusBlock } from '../../../src/cli/output/status-block.ts';

const nowMs = Date.parse('2026-01-01T12:01:00Z');
const up: LinkStatus = { server: 'http://127.0.0.1:8500', state: 'up', lagBytes: () => 0 };

function blockOf(options: { width?: number; height?: number; link?: LinkStatus; roles?: number } = {}): string[] {
  const state = initialState('1a2b3c4d');
  for (let index = 0; index < (options.roles ?? 1); index += 1) {
    const role = {
      adw_id: '1a2b3c4d',
      agent_role: `sdlc_planner_${index}`,
      phase: 'plan',
      timestamp: '2026-01-01T12:00:00Z',
      attempt: 1,
    };
    applyEvent(state, { type: 'attempt_started', seq: state.lastSeq + 1, data: { ...role, reason: 'new' } });
    const input = { command: `run \u001b[2J 漢字 ${'x'.repeat(200)}` };
    applyEvent(state, {
      type: 'tool_use_pre',
      seq: state.lastSeq + 1,
      data: { ...role, tool_name: 'Bash', tool_use_id: `t${index}`, input },
    });
  }
  const summary = summarize(state, nowMs, { stallTimeoutMs: 300_000, settleMs: 300_000 });
  const { width = 80, height = 8, link = up } = options;
  return statusBlock(summary, { paint: (_style, text) => text, width, height, nowMs, link });
}

describe('the status block', () => {
  test('tells phases, who does what for how long, and the way to the server', () => {
    const [rule, phases, role, foot] = blockOf({ width: 100 });
    expect(rule).toBe('─'.repeat(100));
    expect(phases).toMatch(/^▸ plan.* {2}○ build {2}○ test {2}○ review.*– – tokens$/);
    expect(role).toMatch(/^● sdlc_planner_0 +Bash run 漢字 x+… +1:00$/);
    expect(foot).toMatch(/^● 1a2b3c4d running {2}\d tools? +127\.0\.0\.1:8500 up to date$/);
  });

  test.each([20, 40, 59, 79, 159])('no line is wider than %i cells, nor obeyed by a terminal', width => {
    for (const line of blockOf({ width, roles: 3 })) {
      expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }
  });

  test.each([
    [120, /^▸ plan 1:00 {2}○ build {2}○ test {2}○ review {2}○ document +– – tokens$/],
    [79, /^▸ plan 1:00 {2}○ build {2}○ test {2}○ review {2}○ document +– – tokens$/],
    [58, /^▸ plan 1:00 {2}○ build {2}○ test {2}○ review {2}○ document +–$/],
    [40, /^▸ plan {2}○ ○ ○ ○ +– – tokens$/],
  ])('at %i cells says as much as fits, whole words', (width, line) => {
    expect(blockOf({ width })[1]).toMatch(line);
  });

  test('shows the tasks that run under the role that launched them, as far as there is room', () => {
    const state = initialState('1a2b3c4d');
    const role = { agent_role: 'sdlc_planner', phase: 'plan', timestamp: '2026-01-01T12:00:00Z', attempt: 1 };
    const events: [string, object][] = [
      ['attempt_started', { reason: 'new' }],
      [
        'task_update',
        { task_id: 'a', task_type: 'local_agent', subagent_type: 'Explore', description: 'audit', state: 'running' },
      ],
      [
        'task_update',
        { task_id: 'b', task_type: 'local_bash', parent_task_id: 'a', description: 'npm test', state: 'running' },
      ],
      ['task_update', { task_id: 'c', task_type: 'local_bash', description: 'over', state: 'completed' }],
    ];
    for (const [index, [type, data]] of events.entries())
      applyEvent(state, { type, seq: index + 1, data: { ...role, ...data } });
    const summary = summarize(state, nowMs, { stallTimeoutMs: 300_000, settleMs: 300_000 });
    const block = (height: number) =>
      statusBlock(summary, { paint: (_style, text) => text, width: 80, height, nowMs, link: up });
    expect(block(8).slice(3, -1)).toEqual([
      expect.stringMatching(/^ {2}● Explore audit +1:00$/),
      expect.stringMatching(/^ {4}● bash npm test +1:00$/),
    ]);
    expect(block(5)).toHaveLength(5);
  });

  test('says no state before all of the past has been read', () => {
    const foot = blockOf({ link: { ...up, state: 'reading', lagBytes: () => 2_048 }, width: 100 }).at(-1);
    expect(foot).toMatch(/^· 1a2b3c4d reading {2}1 tool +127\.0\.0\.1:8500 2\.0 KiB to go$/);
  });

  test('takes no more lines than it may, and says how many roles are not shown', () => {
    const lines = blockOf({ roles: 9, height: 6 });
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toContain('6 more roles');
  });

  test.each<[LinkStatus, string]>([
    [{ ...up, state: 'connecting' }, 'connecting to 127.0.0.1:8500'],
    [{ ...up, state: 'down', lagBytes: () => 2_048 }, '127.0.0.1:8500 does not answer, 2.0 KiB waiting'],
    [{ ...up, lagBytes: () => 2_048 }, '127.0.0.1:8500 2.0 KiB behind'],
  ])('%o is said as %s', (link, words) => {
    expect(blockOf({ link, width: 100 }).at(-1)).toMatch(new RegExp(`${words.replaceAll('.', '\\.')}$`));
  });
});
