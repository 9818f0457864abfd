import { expect, test } from 'vitest';
import { RowTable } from '../../../dashboard/src/data/row-table.ts';
import { errorCauses } from '../../../dashboard/src/run/error-causes.ts';
import { rowOf } from '../../../src/adw/row.ts';

/** A table of calls, each with its result in the order of `results`: a message where it failed, else null. */
function tableOf(
  calls: readonly { id: string; role?: string }[],
  results: readonly [string, string | null][],
): RowTable {
  const table = new RowTable();
  const add = (type: string, data: Record<string, unknown>) =>
    table.add(
      rowOf({
        type,
        seq: table.length + 1,
        data: { event_id: `e${table.length}`, tool_name: 'Bash', attempt: 1, ...data },
      }),
    );
  for (const { id, role = 'builder' } of calls)
    add('tool_use_pre', { agent_role: role, tool_use_id: id, input: { command: `run ${id}` } });
  for (const [id, error] of results)
    add('tool_use_post', { agent_role: 'builder', tool_use_id: id, success: error === null, error, output: '' });
  return table;
}

const causesOf = (table: RowTable) =>
  errorCauses(table, table.length).map(({ message, rows, cancelled }) => ({ message, rows, cancelled }));

test('calls that were cancelled with one that failed are told with it, not as failures of their own', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const table = tableOf(
    ids.map(id => ({ id })),
    [
      ['b', 'Exit code 2'],
      ['a', 'Sibling tool call errored'],
      ['c', '<tool_use_error>Sibling tool call errored</tool_use_error>'],
      ['d', null],
    ],
  );
  expect(causesOf(table)).toEqual([{ message: 'Exit code 2', rows: [1], cancelled: [0, 2] }]);
});

test('messages that differ in numbers alone are one cause, the most frequent first', () => {
  const table = tableOf(
    ['a', 'b', 'c'].map(id => ({ id })),
    [
      ['a', 'no such file'],
      ['b', 'port 9001 is taken'],
      ['c', 'port 9002 is taken'],
    ],
  );
  expect(causesOf(table)).toEqual([
    { message: 'port 9001 is taken', rows: [1, 2], cancelled: [] },
    { message: 'no such file', rows: [0], cancelled: [] },
  ]);
});

test('what was cancelled is not laid at the door of another agent', () => {
  const table = tableOf(
    [{ id: 'a', role: 'other' }, { id: 'b' }],
    [
      ['a', 'Exit code 2'],
      ['b', 'Sibling tool call errored'],
    ],
  );
  expect(causesOf(table).map(({ rows }) => rows)).toEqual([[0], [1]]);
});
