import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { silentLogger } from '../../../src/base/log.ts';
import type { RefusalKind } from '../../../src/base/refusal.ts';
import type { ReportName } from '../../../src/base/telemetry.ts';
import { BODY_BYTES_MAX } from '../../../src/event/limits.ts';
import { countReports } from '../../../src/server/api/metrics.ts';
import { BODIES_BYTES_MAX } from '../../../src/server/ingest/limits.ts';
import type { ServerOptions } from '../../../src/server/options.ts';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { rawExchange, rawRequest, startTestServer } from '../running.ts';

describe('refused requests', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are told at once, and a flood of them as a number a minute', () => {
    const { log, recorded } = recordingLogger();
    const refusals = createRefusalLog(log);
    const lines = () => recorded.filter(({ level }) => level === 'warn').map(({ line }) => line);
    for (let n = 0; n < 1_000; n++) refusals.note('wrong token', '10.0.0.1');
    refusals.note('flood', '10.0.0.2');
    expect(lines()).toEqual(['Refused a request (wrong token).', 'Refused a request (flood).']);
    vi.advanceTimersByTime(60_000);
    expect(lines().at(-1)).toBe('Refused 999 more requests (wrong token) within a minute.');
    vi.advanceTimersByTime(600_000);
    refusals.note('wrong token', '10.0.0.1');
    expect(lines()).toHaveLength(4);
    refusals.close();
  });

  it('for want of a token are counted, and warn no operator', async () => {
    const { log, recorded } = recordingLogger();
    const refusals = createRefusalLog(log);
    for (let n = 0; n < 3; n++) refusals.note('no token', '10.0.0.1');
    vi.advanceTimersByTime(60_000);
    expect(recorded.map(({ name }) => name)).toEqual(['refusal', 'refusal', 'refusal']);
    refusals.close();
  });

  it('are counted one by one, without waiting for the minute', async () => {
    const registry = new Registry();
    const refusals = createRefusalLog(countReports(silentLogger, registry));
    for (let n = 0; n < 1_000; n++) refusals.note('wrong token', '10.0.0.1');
    const counted = () => registry.getSingleMetricAsString('adw_stream_requests_refused_total');
    expect(await counted()).toMatch(/\{kind="wrong token"\} 1000$/m);
    vi.advanceTimersByTime(60_000);
    expect(await counted()).toMatch(/\{kind="wrong token"\} 1000$/m);
    refusals.close();
  });
});

const [WRITE, READ] = ['w'.repeat(16), 'r'.repeat(16)];
const HOST = 'Host: localhost\r\n';

/** A whole server, and the kinds of what it has refused since the last call. */
async function tracedServer(overrides: Partial<ServerOptions> = {}, observe?: (app: FastifyInstance) => void) {
  const { log, recorded } = recordingLogger();
  const surroundings = { dashboardDir: '/nonexistent', ...(observe === undefined ? {} : { observe }) };
  const server = await startTestServer({ ...overrides, log }, surroundings);
  onTestFinished(() => server.remove());
  const named = (name: ReportName) =>
    recorded.filter(one => one.name === name).map(({ fields }) => fields.kind as RefusalKind);
  return {
    server,
    refused: () => named('refusal'),
    warned: () => named('request_refused'),
    ask: (headers: Record<string, string>, { method = 'GET', path = '/api/v1/adws' } = {}) =>
      rawRequest(server.port, { method, path, headers }),
    raw: (bytes: string) => rawExchange(server.port, bytes),
  };
}

/** A socket on which `bytes` were sent, and that takes what comes. */
function holding(port: number, bytes: string): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.resume().write(bytes);
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('a running server tells', () => {
  it('each kind: a foreign name, a foreign page, a wrong token, a flood', async () => {
    const { ask, refused, warned } = await tracedServer({ token: 'write-me', rateLimit: 4 });
    await ask({ host: 'evil.example' });
    await ask({ origin: 'http://evil.example' });
    for (let n = 0; n < 5; n++) await ask({ authorization: 'Bearer guess' });
    expect(warned()).toEqual(['foreign name', 'foreign page', 'wrong token', 'flood']);
    expect(refused()).toEqual(['foreign name', 'foreign page', ...Array(4).fill('wrong token'), 'flood']);
  });

  it('of a caller without a token by the counter alone, and of a person who is led to the login not at all', async () => {
    const { ask, refused, warned, server } = await tracedServer({ token: WRITE });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ upgrade: 'websocket', connection: 'upgrade' }, { path: '/ws' })).status).toBe(401);
    expect((await ask({ accept: 'text/html' }, { path: '/' })).status).toBe(303);
    expect(refused()).toEqual(['no token', 'no token']);
    expect(warned()).toEqual([]);
    const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${WRITE}` } });
    expect(await metrics.text()).toContain('adw_stream_requests_refused_total{kind="no token"} 2');
  });

  it('of a reader that writes, over HTTP and over a WebSocket', async () => {
    const { ask, refused, warned, server } = await tracedServer({ token: WRITE, readToken: READ });
    const authorization = `Bearer ${READ}`;
    expect((await ask({ authorization }, { method: 'POST', path: '/api/v1/events' })).status).toBe(401);
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, { headers: { authorization } });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    const data = { adw_id: '1a2b3c4d', workflow_name: 'w', message: 'm', level: 'INFO', timestamp: 't' };
    socket.send(JSON.stringify({ type: 'workflow_log', data }));
    await until('the message is refused', () => refused().length === 2);
    expect(refused()).toEqual(['read token', 'read token']);
    expect(warned()).toEqual(['read token']);
  });

  it('of what a form of a page would post', async () => {
    const { ask, warned, server } = await tracedServer();
    const headers = { 'content-type': 'text/plain', origin: `http://127.0.0.1:${server.port}` };
    expect((await ask(headers, { method: 'POST', path: '/api/v1/events' })).status).toBe(415);
    expect(warned()).toEqual(['form post']);
  });

  it.each([
    ['no HTTP', 400, 'nonsense\r\n\r\n'],
    ['headers without end', 431, `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`],
    [
      'two lengths of one body',
      400,
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['no host', 400, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['an expectation', 417, `GET / HTTP/1.1\r\n${HOST}Expect: more\r\nConnection: close\r\n\r\n`],
    ['a way to another host', 0, 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n'],
    ['a path that cannot be read', 400, `GET /%zz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`],
  ])('of what is malformed: %s', async (_what, status, bytes) => {
    const { raw, refused, warned } = await tracedServer();
    expect(Number(/^HTTP\/1\.1 (\d{3})/.exec(await raw(bytes))?.[1] ?? 0)).toBe(status);
    expect(refused()).toEqual(['malformed']);
    expect(warned()).toEqual(['malformed']);
  });

  it('of a WebSocket frame that is none', async () => {
    const { server, refused } = await tracedServer();
    const upgrade = `Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n`;
    const socket = holding(server.port, `GET /ws HTTP/1.1\r\n${HOST}${upgrade}\r\n`);
    await once(socket, 'data');
    // Reserved bits, of an extension that was not agreed on.
    socket.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
    await until('the frame is refused', () => refused().length === 1);
    expect(refused()).toEqual(['malformed']);
  });

  it('of plain HTTP where TLS is spoken', async () => {
    const place = temporaryDirectory();
    const { certFile, keyFile } = makeCertificates(place);
    const { raw, refused } = await tracedServer({ tls: { certFile, keyFile } });
    await raw(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    expect(refused()).toEqual(['malformed']);
  });

  it('nothing of a client that hangs up, in the middle of a request or before', async () => {
    const { server, raw, refused } = await tracedServer();
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    silent.end();
    const halfway = holding(server.port, `POST /api/v1/events HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nxx`);
    await once(halfway, 'connect');
    halfway.end();
    await Promise.all([once(silent.resume(), 'close'), once(halfway, 'close')]);
    // What came later shows that the server has seen both.
    await raw('nonsense\r\n\r\n');
    expect(refused()).toEqual(['malformed']);
  });

  it('of connections above the limit', async () => {
    const { server, refused, warned } = await tracedServer({}, app => {
      app.server.maxConnections = 2;
    });
    const sockets = Array.from({ length: 5 }, () => holding(server.port, ''));
    await until('three were refused', () => refused().length === 3);
    expect(refused()).toEqual(Array(3).fill('too many connections'));
    expect(warned()).toEqual(['too many connections']);
    expect(sockets).toHaveLength(5);
  });

  it('of bodies that the log has no room for', async () => {
    const { ask, server, warned } = await tracedServer();
    const announced = `POST /api/v1/events HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${BODY_BYTES_MAX}\r\n\r\n`;
    for (let bytes = 0; bytes < BODIES_BYTES_MAX; bytes += BODY_BYTES_MAX) holding(server.port, announced);
    const post = () =>
      ask({ 'content-type': 'application/json', 'content-length': '2' }, { method: 'POST', path: '/api/v1/events' });
    await until('there is no room', async () => (await post()).status === 429);
    expect(warned()).toEqual(['log does not keep up']);
  });
});
