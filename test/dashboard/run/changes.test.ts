import { expect, test } from 'vitest';
import { RowTable } from '../../../dashboard/src/data/row-table.ts';
import { fileHistories, netLinesIn, sumOfNet } from '../../../dashboard/src/run/changes.ts';
import { rowOf } from '../../../src/adw/row.ts';

/** A table of changes: path, operation, lines added and removed. */
function tableOf(...changes: [string, string, number | null, number | null][]): RowTable {
  const table = new RowTable();
  for (const [path, operation, added, removed] of changes) {
    const summary = `${operation} ${path} (+${added} −${removed})`;
    const data = { event_id: `e${table.length}`, agent_role: 'builder', file_path: path, summary };
    const seq = table.length + 1;
    table.add(rowOf({ type: 'file_changed', seq, data: { ...data, lines_added: added, lines_removed: removed } }));
  }
  return table;
}

const netOf = (table: RowTable) => fileHistories(table, table.length).map(({ path, net }) => ({ path, ...net }));

test('what is removed of a file that the run created was its own', () => {
  const table = tableOf(['a.ts', 'created', 50, 0], ['a.ts', 'modified', 38, 47]);
  expect(netOf(table)).toEqual([{ path: 'a.ts', added: 41, removed: 0, isExact: true }]);
});

test('a file that is written whole again holds that alone', () => {
  const table = tableOf(['a.ts', 'created', 50, 0], ['a.ts', 'write', 20, 0]);
  expect(netOf(table)).toEqual([{ path: 'a.ts', added: 20, removed: 0, isExact: true }]);
});

test('several changes of a file that was there are a bound until their diffs are merged', () => {
  const table = tableOf(['a.ts', 'modified', 5, 5], ['a.ts', 'modified', 5, 5], ['b.ts', 'modified', 1, 2]);
  expect(netOf(table)).toEqual([
    { path: 'a.ts', added: 10, removed: 10, isExact: false },
    { path: 'b.ts', added: 1, removed: 2, isExact: true },
  ]);
  expect(netLinesIn('@@ -1,2 +1,2 @@\n same\n-old\n+new')).toEqual({ added: 1, removed: 1, isExact: true });
  expect(sumOfNet(fileHistories(table, table.length))).toEqual({ added: 11, removed: 12, isExact: false });
});

test('lines that a change does not say are not counted as none', () => {
  const table = tableOf(['a.ts', 'created', 5, 0], ['a.ts', 'modified', null, null]);
  expect(netOf(table)).toEqual([{ path: 'a.ts', added: undefined, removed: 0, isExact: true }]);
});

test('a file is first and last touched by the clock, also where the order of the log is another', () => {
  const table = new RowTable();
  const touch = (timestamp: string, timing?: string) => {
    const seq = table.length + 1;
    table.add(rowOf({ type: 'file_changed', seq, data: { file_path: 'a.ts', timestamp, timing } }));
  };
  const ms = Date.parse('2026-11-28T10:00:00Z');
  touch('2026-11-28T10:00:02Z');
  touch('2026-11-28T10:00:01Z');
  touch('2026-11-28T10:00:00Z', 'estimated');
  const [file] = fileHistories(table, table.length);
  expect(file).toMatchObject({ first: { ms, isGuess: true }, last: { ms: ms + 2000, isGuess: false } });
});
