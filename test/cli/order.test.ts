import { describe, expect, test } from 'vitest';
import { inOrder } from '../../src/cli/order.ts';
import type { NewEvent } from '../../src/event/schema.ts';

type Timing = 'exact' | 'observed' | 'estimated' | 'unknown';

const base = (time: string) => ({ adw_id: '1a2b3c4d', timestamp: `2026-01-01T${time}Z` });

/** A line of an agent, and when it is thought to have been written. */
const said = (role: string, content: string, time: string, timing: Timing = 'estimated'): NewEvent => ({
  type: 'text_block',
  data: {
    ...base(time),
    content,
    timing,
    agent_role: role,
    source: { path: `${role}/raw_output.jsonl`, fingerprint: role },
  },
});
const prompt = (role: string, time: string): NewEvent => ({
  type: 'agent_log',
  data: {
    ...base(time),
    level: 'INFO',
    message: 'prompt',
    event_type: 'prompt',
    timing: 'estimated',
    agent_role: role,
    source: { path: `${role}/prompts/plan.txt` },
  },
});
const screenshot = (role: string, time: string): NewEvent => ({
  type: 'screenshot_available',
  data: {
    ...base(time),
    screenshot_path: 'screenshot',
    timing: 'estimated',
    agent_role: role,
    source: { path: `${role}/review_img/1.png` },
  },
});

const wordsOf = (events: readonly NewEvent[]) =>
  events.map(({ data }) => `${data.agent_role} ${data.content ?? data.message ?? data.screenshot_path}`);

describe('what happened', () => {
  test('is told in order of time', () => {
    const ordered = inOrder([
      said('reviewer', 'third', '11:00:30'),
      said('sdlc_planner', 'first', '11:00:10'),
      said('sdlc_planner', 'second', '11:00:20', 'observed'),
      said('sdlc_planner', 'last', '11:00:40'),
    ]);
    expect(wordsOf(ordered).map(words => words.split(' ')[1])).toEqual(['first', 'second', 'third', 'last']);
  });

  test('is told role by role in a checkout, also where a workflow wrote entries so long that they are files', () => {
    const long: NewEvent = {
      type: 'artifact',
      data: {
        ...base('09:00:00'),
        ...{ path: 'adw_plan/lines/ab.txt', sha256: 'ab', media_type: 'text/plain', bytes: 9, url: '/x' },
        timing: 'estimated',
        agent_role: 'adw_plan',
        source: { path: 'adw_plan/execution.log', fingerprint: 'f' },
      },
    };
    const ordered = inOrder([
      long,
      said('sdlc_implementor', '2', '11:00:00'),
      said('sdlc_planner', '1', '11:00:01'),
      said('sdlc_implementor', '3', '11:00:02'),
    ]);
    expect(wordsOf(ordered.filter(({ type }) => type === 'text_block'))).toEqual([
      'sdlc_planner 1',
      'sdlc_implementor 2',
      'sdlc_implementor 3',
    ]);
  });

  test('never stands before what its file has before it, whatever the times of the lines', () => {
    const ordered = inOrder([
      said('a', '1', '11:00:10', 'exact'),
      said('a', '2', '11:00:08', 'exact'),
      said('a', '3', '11:00:12', 'observed'),
      said('b', '4', '11:00:09', 'exact'),
      said('b', '5', '11:00:11', 'exact'),
    ]);
    expect(ordered.map(({ data }) => data.content)).toEqual(['4', '1', '2', '5', '3']);
  });

  test('and without a time stays behind what it followed', () => {
    const timeless: NewEvent = { type: 'text_block', data: { adw_id: '1a2b3c4d', content: 'timeless' } };
    const ordered = inOrder([said('a', '5', '11:00:05', 'observed'), timeless, said('b', '1', '11:00:01', 'observed')]);
    expect(ordered.map(({ data }) => data.content)).toEqual(['1', '5', 'timeless']);
  });

  test('is told role by role where a checkout gave all files one time', () => {
    // Each stream seems to have ended at the checkout: the longest seems to have begun first.
    const ordered = inOrder([
      prompt('sdlc_implementor', '12:00:01'),
      prompt('sdlc_planner', '12:00:00'),
      screenshot('reviewer', '12:00:00'),
      said('reviewer', 'looks', '11:59:00'),
      said('reviewer', 'is content', '12:00:01'),
      said('sdlc_implementor', 'builds', '11:50:00'),
      said('sdlc_implementor', 'has built', '12:00:00'),
      said('sdlc_planner', 'plans', '11:58:00'),
      said('sdlc_planner', 'has planned', '12:00:01'),
    ]);
    expect(wordsOf(ordered)).toEqual([
      'sdlc_planner prompt',
      'sdlc_planner plans',
      'sdlc_planner has planned',
      'sdlc_implementor prompt',
      'sdlc_implementor builds',
      'sdlc_implementor has built',
      'reviewer looks',
      'reviewer is content',
      'reviewer screenshot',
    ]);
  });

  test('begins with what an agent was given, however few agents there were', () => {
    const ordered = inOrder([
      said('ops', 'works', '11:59:00'),
      said('ops', 'ends', '12:00:00'),
      prompt('ops', '12:00:00'),
    ]);
    expect(wordsOf(ordered)).toEqual(['ops prompt', 'ops works', 'ops ends']);
  });

  test('goes on by time with what came after the checkout', () => {
    const ordered = inOrder([
      prompt('documenter', '12:30:00'),
      prompt('sdlc_planner', '12:00:00'),
      said('sdlc_implementor', 'builds', '11:50:00'),
      said('sdlc_implementor', 'has built', '12:00:00'),
      said('sdlc_planner', 'plans', '11:58:00'),
      said('sdlc_planner', 'has planned', '12:00:01'),
      said('documenter', 'begins', '12:30:01', 'unknown'),
      said('reviewer', 'looks', '12:20:00', 'observed'),
    ]);
    expect(wordsOf(ordered)).toEqual([
      'sdlc_planner prompt',
      'sdlc_planner plans',
      'sdlc_planner has planned',
      'sdlc_implementor builds',
      'sdlc_implementor has built',
      'reviewer looks',
      'documenter prompt',
      'documenter begins',
    ]);
  });

  test('is told by time where one was written after the other', () => {
    const ordered = inOrder([said('sdlc_planner', 'second', '12:00:10'), said('reviewer', 'first', '12:00:00')]);
    expect(wordsOf(ordered)).toEqual(['reviewer first', 'sdlc_planner second']);
  });
});
