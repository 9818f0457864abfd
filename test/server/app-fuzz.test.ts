import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { randomNumbers } from '../support/random.ts';
import { postEvents, rawExchange, rawRequest, startTestServer, type TestServer } from './running.ts';
import { spoiltRequest } from './spoilt-request.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.remove());

/** Writes bytes, says that no more will come, and answers what came back until the server closed. */
function hitAndRun(bytes: Buffer): Promise<string> {
  return new Promise(resolve => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.end(bytes);
    });
    socket.setEncoding('latin1').on('data', data => {
      received += data;
    });
    socket.on('error', () => {}).on('close', () => resolve(received));
  });
}

describe('thousands of malformed requests', () => {
  it('leave the server healthy, and silent about its insides', async () => {
    const random = randomNumbers();
    const statuses = new Map<string, number>();
    const memoryBefore = process.memoryUsage.rss();
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        Array.from({ length: 400 }, () => hitAndRun(spoiltRequest(random, server.port))),
      );
      for (const answer of answers) {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(answer).not.toMatch(/node_modules|node:internal|\.ts:\d|\bat \w+ \(|\/tmp\//);
      }
    }
    expect(statuses.get('500')).toBeUndefined();
    expect(statuses.get('400')).toBeGreaterThan(100);

    // On a busy machine a commit may have taken so long that the disk counts as slow until the next probe.
    const health = async () => (await fetch(`${server.url}/health`)).json();
    await expect.poll(health).toMatchObject({ status: 'healthy' });
    const posted = await postEvents(server.url, [
      { type: 'agent_log', data: { adw_id: '1a2b3c4d', message: 'still here', level: 'INFO' } },
    ]);
    expect(posted).toMatchObject({ status: 200, body: { accepted: 1 } });
    await expect
      .poll(async () => (await fetch(`${server.url}/health`)).json())
      .toMatchObject({ active_connections: 0 });
    expect(process.memoryUsage.rss() - memoryBefore).toBeLessThan(300 * 1024 * 1024);
  });
});

test.each([
  ['to a path that cannot be read', 'GET /%', 400],
  ['to nothing', 'GET /nothing', 404],
  ['of a method that has no body', 'HEAD /ws', 405],
])('an upgrade %s is refused, and its connection closed', async (_what, begin, status) => {
  const head = `${begin} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  expect(await rawExchange(server.port, head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
});

describe('a malformed request is refused in the one shape', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'invalid_query'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'invalid_query',
    ],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'invalid_query',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('%s', async (_what, bytes, status, code) => {
    const answer = await rawExchange(server.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
    const body = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Record<string, string>;
    expect(body).toMatchObject({ code, detail: body.error });
  });

  it('a body that is too large, before it has been sent', async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': String(9 * 1024 * 1024) };
    const { status, body } = await rawRequest(server.port, { method: 'POST', path: '/api/v1/events', headers });
    expect(status).toBe(413);
    expect((JSON.parse(body) as { code: string }).code).toBe('too_large');
  });

  it('a body of a type that we do not take', async () => {
    const headers = { 'content-type': 'text/xml', 'content-length': '3' };
    const { status, body } = await rawRequest(server.port, { method: 'POST', path: '/api/v1/events', headers });
    expect(status).toBe(415);
    expect((JSON.parse(body) as { code: string }).code).toBe('unsupported_media_type');
  });
});
