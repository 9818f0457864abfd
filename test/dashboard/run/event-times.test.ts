import { expect, test } from 'vitest';
import { RowTable } from '../../../dashboard/src/data/row-table.ts';
import { EventTimes } from '../../../dashboard/src/run/event-times.ts';
import { rowOf } from '../../../src/adw/row.ts';

const START = Date.UTC(2026, 0, 1, 10);

/** Seconds after {@link START} at which events lie, each given as its second and how that is known. */
function secondsOf(...events: readonly (readonly [second: number, timing: string, type?: string])[]): number[] {
  const table = new RowTable();
  const times = new EventTimes();
  for (const [index, [second, timing, type = 'text_block']] of events.entries()) {
    const timestamp = new Date(START + second * 1000).toISOString();
    table.add(rowOf({ type, seq: index + 1, data: { event_id: `e${index}`, timestamp, timing, content: 'x' } }));
    // As rows come, some at a time.
    if (index % 2 === 1) times.extend(table);
  }
  times.extend(table);
  return times.ms.map(ms => (ms - START) / 1000);
}

test('the prompts of all roles, in front of a log that was caught up with, move nothing of what is known', () => {
  const prompts = [
    [600, 'estimated', 'agent_log'],
    [0, 'estimated', 'agent_log'],
  ] as const;
  const lines = [
    [5, 'exact'],
    [20, 'exact'],
    [605, 'exact'],
  ] as const;
  expect(secondsOf(...prompts, ...lines)).toEqual([5, 5, 5, 20, 605]);
});

test('a clock that jumps back moves nothing back, and what is worked out lies where nothing known contradicts it', () => {
  expect(secondsOf([10, 'exact'], [4, 'exact'], [12, 'observed'])).toEqual([10, 10, 12]);
  expect(secondsOf([10, 'exact'], [15, 'estimated'], [30, 'estimated'], [20, 'exact'])).toEqual([10, 15, 20, 20]);
});
