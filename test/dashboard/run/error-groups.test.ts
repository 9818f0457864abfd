import { expect, test } from 'vitest';
import { RowTable } from '../../../dashboard/src/data/row-table.ts';
import { errorCauses, errorsOf } from '../../../dashboard/src/run/error-causes.ts';
import { uncountedGroups } from '../../../dashboard/src/run/error-groups.ts';
import { applyEvent, initialState } from '../../../src/adw/fold.ts';
import { rowOf } from '../../../src/adw/row.ts';
import { DEFAULT_LIMITS } from '../../../src/adw/silence.ts';
import { summarize } from '../../../src/adw/summary.ts';

const AT = Date.parse('2026-11-28T10:00:00Z');

/** What goes wrong in a run, one event of each kind. */
const EVENTS: readonly (readonly [type: string, data: Record<string, unknown>])[] = [
  ['session_started', { session_id: 's1', model: 'm' }],
  ['tool_use_pre', { tool_use_id: 'a', tool_name: 'Bash', input: { command: 'false' } }],
  ['tool_use_post', { tool_use_id: 'a', tool_name: 'Bash', success: false, status: 'error', error: 'Exit code 1' }],
  ['tool_use_pre', { tool_use_id: 'b', tool_name: 'Read', input: {} }],
  ['agent_log', { level: 'ERROR', message: 'the hook failed' }],
  ['agent_log', { level: 'ERROR', message: 'no space left' }],
  ['agent_log', { level: 'WARNING', message: 'retry 1 of 10' }],
  ['malformed_line', { line: '{', bytes: 12 }],
  ['session_ended', { session_id: 's1', is_error: true, subtype: 'error_during_execution', result: 'gave up' }],
  ['status_update', { status: 'failed' }],
];

function runOf(events: typeof EVENTS) {
  const table = new RowTable();
  const state = initialState('1a2b3c4d');
  for (const [at, [type, own]] of events.entries()) {
    const data = {
      adw_id: '1a2b3c4d',
      event_id: `e${at}`,
      agent_role: 'builder',
      attempt: 1,
      timestamp: new Date(AT + at).toISOString(),
      ...own,
    };
    const event = { type, seq: at + 1, epoch: 'x', data };
    table.add(rowOf(event));
    applyEvent(state, event as never);
  }
  return { table, summary: summarize(state, AT + events.length, DEFAULT_LIMITS) };
}

test('what is listed as errors is as many as the summary counts; how it ended and warnings stand apart', () => {
  const { table, summary } = runOf(EVENTS);
  const causes = errorCauses(table, table.length);
  expect(causes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'Tool failed: Bash: Exit code 1',
    'Hook failed: the hook failed',
    'Error in a log: no space left',
    'Malformed line: unparsable line (12 bytes)',
  ]);
  expect(causes.reduce((sum, cause) => sum + errorsOf(cause), 0)).toBe(summary.totals.errors);
  const groups = uncountedGroups(table, table.length, true);
  expect(groups.map(({ kind, name, rows }) => `${kind}: ${name} ×${rows.length}`)).toEqual([
    'outcome: No result recorded ×1',
    'outcome: Session failed ×1',
    'outcome: Workflow failed ×1',
    'warning: API retries and limits ×1',
  ]);
});

test('while a run goes on, a call without a result is not missing one', () => {
  const { table } = runOf(EVENTS.slice(3, 4));
  expect(uncountedGroups(table, table.length, false)).toEqual([]);
  expect(uncountedGroups(table, table.length, true)).toMatchObject([{ name: 'No result recorded' }]);
});
