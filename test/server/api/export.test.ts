import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestIn } from '../../export/blocks.ts';
import { until } from '../../support/until.ts';
import { postEvents, startTestServer, type TestServer } from '../running.ts';

const ADW = '1a2b3c4d';
const [WRITE, READ] = ['w'.repeat(16), 'r'.repeat(16)];
const path = `/api/v1/adws/${ADW}/export.html`;
let server: TestServer;

const get = (url: string, headers: Record<string, string> = { authorization: `Bearer ${READ}` }, method = 'GET') =>
  fetch(server.url + url, { method, headers });

beforeAll(async () => {
  server = await startTestServer({ token: WRITE, readToken: READ });
  const headers = { authorization: `Bearer ${WRITE}` };
  const said = (n: number) => ({
    type: 'text_block',
    data: {
      adw_id: ADW,
      event_id: `e${n}`,
      agent_role: 'builder',
      // What packs badly: the page has to be more than the sockets hold of it while the clients take nothing.
      content: `${n} ${randomBytes(6_750).toString('base64')}`,
    },
  });
  const events = Array.from({ length: 700 }, (_, n) => said(n));
  expect(await postEvents(server.url, events, headers)).toMatchObject({ body: { accepted: 700 } });
  // What the server says of the run's state is an event as well, and comes a moment later; totals leave it out.
  const states = `/api/v1/adws/${ADW}/events?type=adw_status`;
  await until('its state is told', async () => (await (await get(states)).text()).includes('adw_status'));
  const image = {
    ...headers,
    digest: 'sha-256=n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
    'content-type': 'image/png',
  };
  const url = `${server.url}/api/v1/adws/${ADW}/artifacts/shot.png`;
  expect((await fetch(url, { method: 'PUT', body: 'test', headers: image })).status).toBe(201);
});
afterAll(() => server.remove());

describe('a run as a page of its own', () => {
  it('is a file to keep, with all events, the stored files, and what the page may do', async () => {
    const answer = await get(path);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="adw-${ADW}.html"`);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/);
    const { events, summary, artifacts, source } = manifestIn(await answer.text());
    const known = (await (await get(`/api/v1/adws/${ADW}`)).json()) as { totals: { events: number } };
    expect([source, events, summary.totals.events]).toEqual(['server', 701, known.totals.events]);
    expect(known.totals.events).toBe(700);
    expect(artifacts).toMatchObject([{ path: 'shot.png', bytes: 4, held: true }]);
  });

  it('is without images where they are not wanted', async () => {
    expect(manifestIn(await (await get(`${path}?images=0`)).text()).artifacts).toMatchObject([{ held: false }]);
    expect((await get(`${path}?images=no`)).status).toBe(400);
  });

  it('is guarded as every read is, and there only for what the log knows', async () => {
    expect((await get(path, {})).status).toBe(401);
    expect((await get(path, { authorization: `Bearer ${READ}`, origin: 'https://evil.example' })).status).toBe(403);
    expect((await get('/api/v1/adws/ffffffff/export.html')).status).toBe(404);
    const head = await get(path, undefined, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('is made a few at a time, also where nobody takes what is sent, and goes on when they have gone', async () => {
    const { hostname, port } = new URL(server.url);
    const sockets = Array.from({ length: 4 }, () => connect({ host: hostname, port: Number(port) }));
    for (const socket of sockets) {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${READ}\r\n\r\n`);
      await new Promise(resolve => socket.once('readable', resolve));
    }
    const refused = await get(path);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect(await (await get('/metrics')).text()).toContain(
      'adw_stream_requests_refused_total{kind="too many exports"} 1',
    );
    for (const socket of sockets) socket.destroy();
    await until('an export is made again', async () => (await get(path, undefined)).status === 200);
  });
});
