import { describe, expect, test } from 'vitest';
import { NONE, RowTable } from '../../../dashboard/src/data/row-table.ts';
import { parseQuery } from '../../../dashboard/src/run/query.ts';
import { computeRows, groupsOf, type RowFilter } from '../../../dashboard/src/run/rows.ts';
import { type Row, rowOf } from '../../../src/adw/row.ts';

const TIME = Date.parse('2026-01-01T12:00:00Z');
const event = (seq: number, type: string, data: Record<string, unknown> = {}): Row =>
  rowOf({
    type,
    seq,
    data: { event_id: `e${seq}`, agent_role: 'builder', timestamp: new Date(TIME + seq * 1000).toISOString(), ...data },
  });
const call = (seq: number, id: string, data = {}) =>
  event(seq, 'tool_use_pre', { tool_name: 'Bash', tool_use_id: id, input: { command: 'npm test' }, ...data });
const result = (seq: number, id: string, data = {}) =>
  event(seq, 'tool_use_post', { tool_name: 'Bash', tool_use_id: id, success: true, ...data });

const filterOf = (patch: Partial<RowFilter> = {}): RowFilter => ({
  groups: groupsOf(undefined),
  role: '',
  attempt: undefined,
  phase: '',
  scope: '',
  query: parseQuery(''),
  hits: undefined,
  filtering: true,
  slowMs: 2000,
  phaseOf: () => 'build',
  ...patch,
});

function tableOf(...events: Row[]): RowTable {
  const table = new RowTable();
  for (const each of events) table.add(each);
  return table;
}
const seqs = (table: RowTable, filter = filterOf()) => computeRows(table, filter).map(at => table.rowData[at]?.seq);

describe('a tool call', () => {
  test('is found by its file, as its call names it and as lists of files do', () => {
    const table = tableOf(
      call(1, 'a', { tool_name: 'Edit', input: { file_path: '/home/dev/b.md' } }),
      event(2, 'file_changed', { tool_use_id: 'a', file_path: '~/b.md' }),
      call(3, 'b'),
    );
    for (const file of ['dev/b.md', '~/b.md'])
      expect(seqs(table, filterOf({ query: parseQuery(`file:${file}`) }))).toEqual([1]);
  });

  test('is one row with its result, its change and its list', () => {
    const table = tableOf(
      call(1, 'a'),
      call(2, 'b'),
      result(3, 'a', { duration_ms: 700 }),
      event(4, 'file_changed', { tool_use_id: 'b', file_path: 'x', lines_added: 3 }),
      result(5, 'b', { success: false, status: 'error' }),
    );
    expect(seqs(table)).toEqual([1, 2]);
    expect([table.outcome(0), table.took(0)]).toEqual(['ok', 700]);
    // No line said how long it took: the times of two lines are no duration.
    expect([table.outcome(1), table.took(1)]).toEqual(['error', Number.NaN]);
    expect(table.change[1]).toBe(3);
  });

  test('is pending until its result comes', () => {
    const table = tableOf(call(1, 'a'));
    expect(table.outcome(0)).toBe('pending');
    table.add(result(2, 'a'));
    expect(table.outcome(0)).toBe('ok');
  });

  test('is, in a replay, what it was by then', () => {
    const table = tableOf(
      call(1, 'a'),
      event(2, 'file_changed', { tool_use_id: 'a', file_path: 'x' }),
      event(3, 'text_block', { content: 'meanwhile' }),
      result(4, 'a', { duration_ms: 700, success: false, status: 'error' }),
    );
    const by = (until: number) => [table.outcome(0, until), table.took(0, until), table.changeOf(0, until)];
    expect([by(0), by(2), by(3)]).toEqual([
      ['pending', Number.NaN, NONE],
      ['pending', Number.NaN, 1],
      ['error', 700, 1],
    ]);
    expect([table.failuresUntil(2), table.failuresUntil(3)]).toEqual([[], [0]]);
    const failed = (until: number) => seqs(table, filterOf({ query: parseQuery('status:error'), until }));
    expect([failed(2), failed(3)]).toEqual([[], [1]]);
    const found = (until: number) => seqs(table, filterOf({ hits: new Map([[0, 3]]), until }));
    expect([found(2), found(3)]).toEqual([[], [1]]);
  });

  test('is one row also when what came of it is told first', () => {
    const table = tableOf(result(1, 'a'), event(2, 'file_changed', { tool_use_id: 'a' }), call(3, 'a'));
    expect(seqs(table)).toEqual([3]);
    expect([table.pairedWith[2], table.change[2]]).toEqual([0, 1]);
  });

  test('a result whose call is nowhere is a row of its own', () => {
    expect(seqs(tableOf(result(1, 'lost')))).toEqual([1]);
  });
});

describe('a row that is not newer than the newest', () => {
  test('changes nothing, and is where it was', () => {
    const table = tableOf(call(1, 'a'), call(4, 'b'));
    expect([table.add(call(1, 'a')), table.add(call(3, 'c')), table.length]).toEqual([0, NONE, 2]);
  });
});

describe('rows', () => {
  test('a log entry that repeats its line is left out, unless it is an error', () => {
    const source = { path: 'builder/raw_output.jsonl', line: 1 };
    const table = tableOf(
      event(1, 'session_started', { source }),
      event(2, 'agent_log', { source, level: 'INFO', message: 'session started' }),
      event(3, 'agent_log', { source, level: 'ERROR', message: 'hook failed' }),
    );
    expect(seqs(table, filterOf({ groups: new Set(['result', 'hook']) }))).toEqual([1, 3]);
  });

  test('warnings and errors are shown among the milestones, other log entries when asked for', () => {
    const table = tableOf(
      event(1, 'agent_log', { level: 'INFO', message: 'a' }),
      event(2, 'agent_log', { level: 'WARNING', message: 'b' }),
    );
    expect(seqs(table)).toEqual([2]);
    expect(seqs(table, filterOf({ groups: new Set(['hook', 'result']) }))).toEqual([1, 2]);
  });

  test('a scope holds a sub-agent with everything below it', () => {
    const table = tableOf(
      call(1, 'task', { tool_name: 'Task' }),
      call(2, 'inner', { parent_tool_use_id: 'task', tool_name: 'Agent' }),
      call(3, 'deep', { parent_tool_use_id: 'inner' }),
      call(4, 'beside'),
    );
    expect(seqs(table, filterOf({ scope: 'task' }))).toEqual([1, 2, 3]);
    expect(table.callsAround(2)).toEqual(['inner', 'task']);
  });

  test.each([
    ['tool:Bash', [1, 3]],
    ['status:error', [3]],
    ['is:pending', [1]],
    ['dur:>2s', [3]],
    ['kind:text', [2]],
    ['role:build*', [1, 2, 3]],
    ['role:other', []],
  ])('%s', (text, expected) => {
    const table = tableOf(
      call(1, 'a'),
      event(2, 'text_block', { content: 'hello' }),
      call(3, 'b'),
      result(7, 'b', { success: false, status: 'error', duration_ms: 4_000 }),
    );
    expect(seqs(table, filterOf({ query: parseQuery(text) }))).toEqual(expected);
  });

  test('marking the hits hides nothing', () => {
    const table = tableOf(call(1, 'a'), event(2, 'text_block', { content: 'hello' }));
    expect(seqs(table, filterOf({ query: parseQuery('tool:Bash'), filtering: false }))).toEqual([1, 2]);
  });
});

describe('what a row says', () => {
  test('names a file from the directory that its session worked in', () => {
    const table = tableOf(event(1, 'session_started', { cwd: '/home/dev/app' }));
    expect(table.withinRoot('/home/dev/app/src/a.ts:1-20')).toBe('src/a.ts:1-20');
    expect(table.withinRoot('/home/dev/application/b.ts')).toBe('/home/dev/application/b.ts');
  });

  test('explains once in a session that its thinking is not disclosed', () => {
    const thought = (seq: number, session: string) =>
      event(seq, 'thinking_block', { content: '', session_id: session });
    const table = tableOf(thought(1, 's'), event(2, 'text_block', { content: 'x' }), thought(3, 't'), thought(4, 't'));
    expect([0, 2, 3].map(at => table.isFirstUndisclosed(at))).toEqual([true, true, false]);
  });

  test('sums up a session that ended: turns, cost and outcome', () => {
    const end = { subtype: 'success', is_error: false, num_turns: 1, total_cost_usd: 0.5, result: 'All done' };
    expect(tableOf(event(1, 'session_ended', end)).rowData[0]?.summary).toBe('success · 1 turn · $0.50 · All done');
  });
});

describe('a file that could not be read', () => {
  const diagnostic = (seq: number, path: string) =>
    event(seq, 'agent_log', { event_type: 'file_unreadable', level: 'ERROR', message: `${path} …`, source: { path } });
  const line = (seq: number, path: string) => event(seq, 'text_block', { content: 'x', source: { path, line: 1 } });

  test('is one until a line of it, or of its directory, has come', () => {
    const table = tableOf(
      line(1, 'a/raw.jsonl'),
      diagnostic(2, 'a/raw.jsonl'),
      diagnostic(3, 'b/'),
      line(4, 'ab/raw.jsonl'),
    );
    expect(table.openDiagnostics(table.length)).toEqual([1, 2]);
    table.add(line(5, 'a/raw.jsonl'));
    expect(table.openDiagnostics(table.length)).toEqual([2]);
    table.add(line(6, 'b/raw.jsonl'));
    expect(table.openDiagnostics(table.length)).toEqual([]);
    expect(table.openDiagnostics(4)).toEqual([1, 2]);
  });
});
