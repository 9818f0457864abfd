import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ListedRun, RunsMessage } from '../../../src/adw/listed-run.ts';
import { createSseParser } from '../../../src/client/sse-parser.ts';
import { RunFeed, type Sink } from '../../../src/server/api/run-feed.ts';
import type { States } from '../../../src/server/api/states.ts';
import { checkMessage } from '../../support/documents.ts';
import { until } from '../../support/until.ts';
import { postEvents, serverForTest } from '../running.ts';

const [A, B] = ['aaaaaaaa', 'bbbbbbbb'];
let events = 0;

const said = (adw_id: string, message: string, more: Record<string, unknown> = {}) => {
  const event_id = `e${++events}`;
  const timestamp = new Date().toISOString();
  return {
    type: 'status_update',
    data: { adw_id, event_id, timestamp, workflow_name: 'sdlc', status: 'in_progress', message, ...more },
  };
};

/** Follows the runs until `stop` is called. */
function follow(url: string, query = '', headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const messages: RunsMessage[] = [];
  const reading = (async () => {
    const answer = await fetch(`${url}/api/v1/changes${query}`, { headers, signal: stop.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const parse = createSseParser();
    const decoder = new TextDecoder();
    for await (const bytes of answer.body as ReadableStream<Uint8Array>) {
      for (const { name, data } of parse(decoder.decode(bytes, { stream: true }))) {
        if (name !== 'runs') continue;
        checkMessage({ type: name, data: JSON.parse(data) });
        messages.push(JSON.parse(data) as RunsMessage);
      }
    }
  })().catch(error => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    messages,
    stop: async () => {
      stop.abort();
      await reading;
    },
  };
}

const idsOf = (message: RunsMessage | undefined) => message?.adws.map(({ adw_id }) => adw_id).toSorted();

describe('a follower of the runs', () => {
  test('gets the whole list, then the runs that changed, as often as once a second at most', async () => {
    const { url } = await serverForTest();
    await postEvents(url, [said(A, 'one'), said(B, 'two')]);
    const { messages, stop } = follow(url);
    await until('the list has come', () => messages.length > 0);
    expect(messages[0]).toMatchObject({ whole: true, more: false, agents_dir: null, other_runs: 0 });
    expect(idsOf(messages[0])).toEqual([A, B]);

    for (const step of ['step 1', 'step 2', 'step 3']) await postEvents(url, [said(A, step)]);
    const told = () => messages.slice(1).flatMap(({ adws }) => adws.filter(({ adw_id }) => adw_id === A));
    await until('the last step has been told', () => told().at(-1)?.why === 'step 3');
    expect(told().length).toBeLessThanOrEqual(2);
    expect(messages.slice(1).every(({ whole }) => !whole)).toBe(true);
    await stop();
  });

  test('is told of the parts where it asks for them, and of nothing that a list does not show', async () => {
    const { url } = await serverForTest();
    const timestamp = new Date().toISOString();
    const role = { adw_id: A, agent_role: 'sdlc_planner', attempt: 1, session_id: 's', timestamp };
    await postEvents(url, [
      { type: 'attempt_started', data: { ...role, reason: 'new', event_id: 'p1' } },
      {
        type: 'session_ended',
        data: { ...role, subtype: 'success', is_error: false, total_cost_usd: 0.5, event_id: 'p2' },
      },
    ]);
    const [plain, full] = [follow(url), follow(url, '?parts=1')];
    await until('both lists have come', () => plain.messages.length > 0 && full.messages.length > 0);
    expect(plain.messages[0]?.adws[0]).toMatchObject({ roles: ['sdlc_planner'], totals: { cost_usd: 0.5 } });
    expect(plain.messages[0]?.adws[0]).not.toHaveProperty('parts');
    expect(full.messages[0]?.adws[0]?.parts).toMatchObject({
      phases: [{ name: 'plan', attempts: 1, cost_usd: 0.5 }],
      roles: [{ role: 'sdlc_planner', attempts: 1, cost_usd: 0.5 }],
    });
    await Promise.all([plain.stop(), full.stop()]);
  });

  test('that comes back gets what changed since, and from another server all', async () => {
    const { url } = await serverForTest();
    await postEvents(url, [said(A, 'one', { status: 'completed' }), said(B, 'two', { status: 'completed' })]);
    const first = follow(url);
    // The server's own words on how they stand come a moment later, and are events like others.
    await until('both are over', () => {
      const runs = new Map(first.messages.flatMap(({ adws }) => adws.map(run => [run.adw_id, run] as const)));
      return runs.size === 2 && [...runs.values()].every(({ status }) => status === 'completed');
    });
    await first.stop();
    const { at } = first.messages.at(-1)!;
    await postEvents(url, [said(B, 'three', { status: 'failed' })]);

    const [again, byHeader, stranger] = [
      follow(url, `?after=${at}`),
      follow(url, '', { 'last-event-id': at }),
      follow(url, '?after=anotherserver:7'),
    ];
    const all = [again, byHeader, stranger];
    await until('all have heard', () => all.every(({ messages }) => messages.length > 0));
    for (const { messages } of [again, byHeader]) {
      expect(messages[0]?.whole).toBe(false);
      const told = messages.flatMap(({ adws }) => adws);
      expect(told.find(({ adw_id }) => adw_id === B)).toBeDefined();
    }
    expect(stranger.messages[0]).toMatchObject({ whole: true });
    expect(idsOf(stranger.messages[0])).toEqual([A, B]);
    await Promise.all(all.map(({ stop }) => stop()));
  });

  test('is refused a question that is none', async () => {
    const { url } = await serverForTest();
    const answer = await fetch(`${url}/api/v1/changes?parts=all`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_query' });
  });
});

/** The states of made-up runs, which a test changes. */
function madeUpStates() {
  const runs = new Map<string, number>();
  const one = (adw_id: string) =>
    ({
      adw_id,
      status: 'completed',
      why: `${runs.get(adw_id)}`,
      next_check_at: null,
      totals: {},
      phases: [],
      roles: [],
      models: [],
    }) as unknown as ReturnType<States['one']>;
  const heads = () => [...runs].map(([adwId, lastSeq]) => ({ adwId, lastSeq }));
  return { runs, states: { one, heads, ready: Promise.resolve() } };
}

/** A follower that takes what waits for room each time that it is let. */
function slowSink() {
  const messages: RunsMessage[] = [];
  const waiting: (() => void)[] = [];
  const sink: Sink = {
    room: () => new Promise(resolve => waiting.push(() => resolve(true))),
    write: bytes => void messages.push(JSON.parse(/^data: (.*)$/m.exec(bytes.toString())![1]!) as RunsMessage),
    ended: new Promise(resolve => onTestFinished(() => resolve())),
  };
  const take = () => {
    for (const letGo of waiting.splice(0)) letGo();
  };
  return { messages, sink, take };
}

describe('the feed of runs', () => {
  // It checks what changed every second: here when a test says so.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
  });
  const check = () => void vi.advanceTimersByTime(1_000);

  test('keeps nothing for a slow follower, which gets the runs as they are when there is room', async () => {
    const { runs, states } = madeUpStates();
    runs.set(A, 1).set(B, 1);
    const feed = new RunFeed({ states, clock: { now: Date.now }, agentsDir: undefined, otherRuns: undefined });
    const { messages, sink, take } = slowSink();
    feed.follow(sink, { after: undefined, withParts: false });
    take();
    await until('the list was taken', () => messages.length === 1);
    const fast = slowSink();
    feed.follow(fast.sink, { after: undefined, withParts: false });
    fast.take();
    for (let seq = 2; seq <= 4; seq++) {
      runs.set(A, seq);
      await until(`the fast one has ${seq}`, () => {
        check();
        fast.take();
        return fast.messages.some(({ adws }) => adws.some(({ why }) => why === String(seq)));
      });
    }
    // One message waited for room; the next has what happened meanwhile at once.
    take();
    await until('it was told', () => messages.length >= 2);
    take();
    await until('it has all', () => {
      check();
      take();
      return messages.at(-1)?.adws.some(({ why }) => why === '4') === true;
    });
    expect(messages.length).toBeLessThanOrEqual(3);
  });

  test('says nothing of a run of which nothing changed that a list shows', async () => {
    const { runs, states } = madeUpStates();
    runs.set(A, 1).set(B, 1);
    const heads = () => [...runs].map(([adwId]) => ({ adwId, lastSeq: ++events }));
    const feed = new RunFeed({
      states: { ...states, heads },
      clock: { now: Date.now },
      agentsDir: undefined,
      otherRuns: undefined,
    });
    const { messages, sink, take } = slowSink();
    feed.follow(sink, { after: undefined, withParts: false });
    take();
    await until('the list was taken', () => messages.length === 1);
    runs.set(B, 2);
    await until('it is told', () => {
      check();
      take();
      return messages.length === 2;
    });
    expect(messages[1]?.adws.map(({ adw_id }) => adw_id)).toEqual([B]);
  });

  test('tells a long list in pieces, and the whole list anew once runs are gone', async () => {
    const { runs, states } = madeUpStates();
    for (let index = 0; index < 450; index++) runs.set(`run${index}`, index + 1);
    const feed = new RunFeed({ states, clock: { now: Date.now }, agentsDir: '/agents', otherRuns: 2 });
    const { messages, sink, take } = slowSink();
    feed.follow(sink, { after: undefined, withParts: false });
    await until('all has come', () => {
      take();
      return messages.at(-1)?.more === false;
    });
    expect(messages.map(({ whole, more, adws }) => [whole, more, adws.length])).toEqual([
      [true, true, 200],
      [false, true, 200],
      [false, false, 50],
    ]);
    for (let index = 0; index < 440; index++) runs.delete(`run${index}`);
    await until('the rest is told', () => {
      check();
      take();
      return messages.length === 4;
    });
    expect(messages[3]).toMatchObject({ whole: true, more: false, agents_dir: '/agents', other_runs: 2 });
    expect(messages[3]?.adws.map(({ adw_id }: ListedRun) => adw_id)).toHaveLength(10);
  });
});
