import { expect, test } from 'vitest';
import { type EventFilter, eventFilter } from '../../src/event/event-filter.ts';

const EVENTS = [
  { type: 'text_block', role: 'builder', text: 'The theme is dark' },
  { type: 'tool_use_pre', role: 'builder', text: 'npm test' },
  { type: 'text_block', role: null, text: '' },
] as const;

test.each<[EventFilter, readonly number[] | undefined]>([
  [{}, [0, 1, 2]],
  [{ types: ['text_block'] }, [0, 2]],
  [{ types: ['text_block'], role: 'builder' }, [0]],
  [{ q: 'DARK theme' }, [0]],
  [{ q: 'npm tes' }, []],
  [{ q: 'npm tes', asTyped: true }, [1]],
  [{ types: [] }, undefined],
  [{ q: '…' }, undefined],
])('%j finds the events %j', (asked, expected) => {
  const passes = eventFilter(asked);
  expect(passes && [...EVENTS.keys()].filter(at => passes(EVENTS[at]!))).toEqual(expected);
});
