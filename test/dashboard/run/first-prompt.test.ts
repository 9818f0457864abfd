import { expect, test } from 'vitest';
import { NONE, RowTable } from '../../../dashboard/src/data/row-table.ts';
import { firstPrompt } from '../../../dashboard/src/run/first-prompt.ts';
import { rowOf } from '../../../src/adw/row.ts';

test('the first prompt is the earliest by its time, of those that the table has so far', () => {
  const table = new RowTable();
  const add = (type: string, minute: number, data: object) =>
    table.add(
      rowOf({
        type,
        seq: table.length + 1,
        data: { event_id: `e${table.length}`, timestamp: `2026-11-28T10:0${minute}:00Z`, ...data },
      }),
    );
  add('text_block', 0, { content: 'before' });
  add('agent_log', 2, { event_type: 'prompt', message: '/build' });
  add('agent_log', 1, { event_type: 'prompt', message: '/plan' });
  add('agent_log', 1, { event_type: 'prompt', message: '/plan again' });
  expect([1, 2, 3, 4].map(limit => firstPrompt(table, limit))).toEqual([NONE, 1, 2, 2]);
});
