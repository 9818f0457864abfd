import { expect, test } from 'vitest';
import { RowTable } from '../../../dashboard/src/data/row-table.ts';
import { timeSpent } from '../../../dashboard/src/run/spending.ts';
import { rowOf } from '../../../src/adw/row.ts';

const TIME = Date.parse('2026-01-01T12:00:00Z');

/** A table of one role: second, type, what else its event says. */
function tableOf(...events: [number, string, Record<string, unknown>?][]): RowTable {
  const table = new RowTable();
  for (const [second, type, data] of events) {
    const timestamp = new Date(TIME + second * 1000).toISOString();
    const seq = table.length + 1;
    table.add(rowOf({ type, seq, data: { event_id: `e${seq}`, agent_role: 'builder', timestamp, ...data } }));
  }
  return table;
}

const call = { tool_name: 'Bash', tool_use_id: 'a', input: { command: 'npm test' } };
const info = (message: string) => ({ level: 'INFO', message });

test('time goes to the hook that runs, the call that is open, the wait for the API, else to the model', () => {
  const table = tableOf(
    [0, 'session_started'],
    [1, 'agent_log', info('hook PreToolUse:Bash started')],
    [3, 'agent_log', info('hook PreToolUse:Bash done: ok')],
    [7, 'tool_use_pre', call],
    [15, 'tool_use_post', { ...call, success: true }],
    [16, 'agent_log', { level: 'WARNING', message: 'API retry 1/10 in 1.2 s (529 overloaded_error)' }],
    [32, 'text_block', { content: 'Done.' }],
    [432, 'text_block', { content: 'After a long silence.' }],
  );
  expect(timeSpent(table, table.length)).toEqual({
    model: 6000,
    hooks: 2000,
    tools: 8000,
    waits: 16_000,
    idle: 400_000,
  });
});

test('a hook that never said its end ends with its session', () => {
  const table = tableOf(
    [0, 'agent_log', info('hook Stop started')],
    [2, 'session_ended', { subtype: 'success', is_error: false }],
    [5, 'text_block', { content: 'Another session.' }],
  );
  expect(timeSpent(table, table.length)).toMatchObject({ hooks: 2000, model: 3000 });
});
