import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../dashboard/src/data/session.ts';
import { postEvents, startTestServer, type TestServer } from '../../server/running.ts';
import { until } from '../../support/until.ts';
import { standInForBrowser } from './browser-globals.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const said = (adwId: string, n: number) => ({
  type: 'text_block',
  data: {
    ...{ adw_id: adwId, event_id: `${adwId}-${n}`, agent_role: 'builder', attempt: 1, content: `said ${n}` },
    ...{ timestamp: new Date(START_MS + n * 1_000).toISOString(), timing: 'exact' },
  },
});
const post = (adwId: string, from: number, count: number) =>
  postEvents(
    server.url,
    Array.from({ length: count }, (_, index) => said(adwId, from + index)),
  );

let server: TestServer;
let page: ReturnType<typeof standInForBrowser>;
let open: (adwId: string) => Session;
const opened: Session[] = [];

beforeAll(async () => {
  server = await startTestServer();
  page = standInForBrowser(server.url);
  const module = await import('../../../dashboard/src/data/session.ts');
  open = adwId => {
    const session = new module.Session(adwId);
    opened.push(session);
    return session;
  };
});
afterEach(() => {
  for (const session of opened.splice(0)) session.close();
  page.show(true);
});
afterAll(() => server.remove());

/** The events that were posted: the server adds its own word about the run. */
const postedIn = (session: Session) => session.table.peek().rowData.filter(({ type }) => type === 'text_block').length;
const isComplete = (session: Session) => () => session.complete.peek();

describe('the session of an ADW', () => {
  test('has the newest events first, at once; then every row', async () => {
    await post('aaaaaaaa', 0, 1_300);
    const session = open('aaaaaaaa');
    await until('a first picture', () => session.phase.peek() === 'ready');
    expect([session.complete.peek(), postedIn(session)]).toEqual([false, 200]);
    await until('all is folded', isComplete(session));
    const table = session.table.peek();
    expect(postedIn(session)).toBe(1_300);
    await until('the server has said how it stands', () => session.summary.peek()?.last_seq === table.lastSeq);
  });

  test('takes in what comes live, in the order of the log, and tells the page once for a burst', async () => {
    await post('bbbbbbbb', 0, 3);
    const session = open('bbbbbbbb');
    await until('all is folded', isComplete(session));
    await until('it is live', () => session.link.peek().state === 'live');
    const before = session.revision.peek();
    await post('bbbbbbbb', 3, 200);
    await until('all is there', () => postedIn(session) === 203 && session.revision.peek() > before);
    const seq = session.table.peek().rowData.map(row => row.seq);
    expect(seq).toEqual(seq.toSorted((a, b) => a - b));
    expect(session.revision.peek() - before).toBeLessThan(200);
    const last = session.table.peek().ordinalOfId('bbbbbbbb-202');
    expect((await session.body(last))?.data).toMatchObject({ content: 'said 202' });
  });

  test('draws nothing while the page is hidden, and all of it when it is shown again', async () => {
    await post('cccccccc', 0, 1);
    const session = open('cccccccc');
    await until('all is folded', isComplete(session));
    await until('it is live', () => session.link.peek().state === 'live');
    page.show(false);
    const before = session.revision.peek();
    await post('cccccccc', 1, 1);
    await until('the event is there', () => postedIn(session) === 2);
    expect(session.revision.peek()).toBe(before);
    page.show(true);
    await until('it is drawn', () => session.revision.peek() > before);
  });

  test('waits for an ADW that the log does not know, and shows it when it comes', async () => {
    const session = open('dddddddd');
    await until('it waits', () => session.phase.peek() === 'waiting');
    await post('dddddddd', 0, 2);
    await until('it is there', isComplete(session));
    expect([session.phase.peek(), postedIn(session)]).toEqual(['ready', 2]);
  });

  test('takes nothing in any more once it is closed', async () => {
    await post('ffffffff', 0, 1);
    const session = open('ffffffff');
    await until('it is live', () => session.link.peek().state === 'live');
    session.close();
    await post('ffffffff', 1, 1);
    const other = open('ffffffff');
    await until('another session has it', () => postedIn(other) === 2);
    expect(postedIn(session)).toBe(1);
  });
});
