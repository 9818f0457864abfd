import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { View } from '../../../dashboard/src/state/route.ts';
import { postEvents, startTestServer, type TestServer } from '../../server/running.ts';
import { until } from '../../support/until.ts';
import { standInForBrowser } from '../data/browser-globals.ts';

const ADW = '1a2b3c4d';
const START_MS = Date.UTC(2026, 0, 1, 12);
let count = 0;
const event = (type: string, data: Record<string, unknown>) => {
  const n = count++;
  const timestamp = new Date(START_MS + n * 1_000).toISOString();
  return { type, data: { adw_id: ADW, event_id: `e${n}`, timestamp, timing: 'exact', attempt: 1, ...data } };
};
const said = (content: string, agent_role = 'builder') => event('text_block', { content, agent_role });

let server: TestServer;
let timeline: typeof import('../../../dashboard/src/state/timeline.ts');
let store: typeof import('../../../dashboard/src/state/store.ts');
/** The stable id of an event. */
const idOf = (at: number) =>
  Array.from({ length: count }, (_, n) => `e${n}`).find(id => timeline.table.peek().ordinalOfId(id) === at);
/** The posted events that are rows, by their ids; the server adds its own word about the run. */
const shown = () => timeline.rows.peek().rows.flatMap(at => idOf(at) ?? []);
const go = (patch: Partial<View>) => store.go(patch);

beforeAll(async () => {
  server = await startTestServer();
  standInForBrowser(server.url);
  const call = { tool_name: 'Bash', tool_use_id: 'u1', agent_role: 'builder' };
  const posted = await postEvents(server.url, [
    said('a plan', 'planner'),
    said('needle in code'),
    event('tool_use_pre', { ...call, input: { command: 'npm test' } }),
    event('tool_use_post', { ...call, output: 'ok', status: 'ok', success: true, duration_ms: 40 }),
    said('the end'),
  ]);
  expect(posted.body).toMatchObject({ accepted: count });
  timeline = await import('../../../dashboard/src/state/timeline.ts');
  store = await import('../../../dashboard/src/state/store.ts');
  const { keepSearching } = await import('../../../dashboard/src/state/search.ts');
  store.keepSession();
  timeline.keepRows();
  keepSearching();
  go({ adwId: ADW });
  await until('all is folded', () => store.session.peek()?.complete.peek());
  await until('it is live', () => store.session.peek()?.link.peek().state === 'live');
});
afterEach(() => go({ role: '', q: '', mode: 'filter', ev: '', t: undefined }));
afterAll(async () => {
  go({ adwId: '' });
  await server.remove();
});

describe('the rows of the timeline', () => {
  test('are one for each event, and one for a call with its result', () => {
    expect(shown()).toEqual(['e0', 'e1', 'e2', 'e4']);
  });

  test('grow in place by what comes: it is the same list', async () => {
    const { shape, version } = timeline.rows.peek();
    const before = shown();
    const added = said('more');
    await postEvents(server.url, [added]);
    await until('the row is there', () => shown().length === before.length + 1);
    expect(shown()).toEqual([...before, added.data.event_id]);
    expect(timeline.rows.peek().shape).toBe(shape);
    expect(timeline.rows.peek().version).toBeGreaterThan(version);
  });

  test('are another list under another filter', () => {
    const { shape } = timeline.rows.peek();
    go({ role: 'planner' });
    expect(shown()).toEqual(['e0']);
    expect(timeline.rows.peek().shape).not.toBe(shape);
  });

  test('end at the replay position, and those after it are known still', () => {
    go({ t: START_MS + 2_500 });
    expect(shown()).toEqual(['e0', 'e1', 'e2']);
    expect(timeline.rows.peek().all.length).toBeGreaterThan(3);
  });

  test('hold no prompt, at a replay position, that is given later', async () => {
    const timestamp = new Date(START_MS + 3_600_000).toISOString();
    const prompt = event('agent_log', {
      level: 'INFO',
      agent_role: 'builder',
      event_type: 'prompt',
      message: 'later',
      timing: 'estimated',
      timestamp,
    });
    const after = said('what is done meanwhile');
    await postEvents(server.url, [prompt, after]);
    await until('both are there', () => shown().includes(after.data.event_id));
    expect(shown()).toContain(prompt.data.event_id);
    go({ t: Date.parse(after.data.timestamp) });
    expect(shown().at(-1)).toBe(after.data.event_id);
    expect(shown()).not.toContain(prompt.data.event_id);
  });

  test('are those that a search finds, or are marked where it does not filter', async () => {
    go({ q: 'needle' });
    await until('the server has answered', () => shown().join() === 'e1');
    go({ mode: 'highlight' });
    expect(shown().length).toBeGreaterThan(4);
    const { marked, isHit } = timeline;
    expect(marked.value.map(at => idOf(at))).toEqual(['e1']);
    expect(
      timeline.rows
        .peek()
        .rows.filter(isHit)
        .map(at => idOf(at)),
    ).toEqual(['e1']);
  });

  test('hold the selected event, a result in the row of its call', () => {
    go({ ev: 'e3' });
    expect(idOf(timeline.selected.value)).toBe('e2');
    go({ ev: 'nothing' });
    expect(timeline.selected.value).toBe(-1);
  });
});
