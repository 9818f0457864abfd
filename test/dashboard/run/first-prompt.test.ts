import { expect, test } from 'vitest';
import { EventLog, NONE } from '../../../dashboard/src/data/log.ts';
import { firstPrompt } from '../../../dashboard/src/run/first-prompt.ts';
import { rowOf } from '../../../src/adw/row.ts';

test('the first prompt is the earliest by its time, of those that the log has so far', () => {
  const log = new EventLog();
  const add = (type: string, minute: number, data: object) =>
    log.add(
      rowOf({
        type,
        seq: log.length + 1,
        data: { event_id: `e${log.length}`, timestamp: `2026-11-28T10:0${minute}:00Z`, ...data },
      }),
    );
  add('text_block', 0, { content: 'before' });
  add('agent_log', 2, { event_type: 'prompt', message: '/build' });
  add('agent_log', 1, { event_type: 'prompt', message: '/plan' });
  add('agent_log', 1, { event_type: 'prompt', message: '/plan again' });
  expect([1, 2, 3, 4].map(limit => firstPrompt(log, limit))).toEqual([NONE, 1, 2, 2]);
});
