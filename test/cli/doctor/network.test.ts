import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../../src/base/version.ts';
import { checkPort, checkServer } from '../../../src/cli/doctor/network.ts';
import { freePort } from '../../support/ports.ts';

async function served(listener: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

const json =
  (answer: (path: string) => { status?: number; body: unknown; date?: string }): RequestListener =>
  (request, response) => {
    const { status = 200, body, date } = answer(request.url ?? '');
    if (date !== undefined) response.setHeader('date', date);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

const healthy = {
  status: 'healthy',
  adw_stream: { api: 'v1', version: VERSION },
  store: { kind: 'sqlite', last_seq: 12, bytes: 2_048 },
};
const now = () => Date.now();

describe('a server', () => {
  test('that is ours tells its version, store, token and clock', async () => {
    const { url } = await served(json(() => ({ body: healthy })));
    const found = await checkServer(url, undefined, now);
    expect(found.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      'server ok',
      'store ok',
      'token ok',
      'clock ok',
    ]);
    expect(found[1]?.message).toBe('sqlite, newest seq 12, 2.0 KiB');
  });

  test('of the reference project is told as such', async () => {
    const { url } = await served(json(() => ({ body: { status: 'healthy' } })));
    expect(await checkServer(url, undefined, now)).toMatchObject([
      { verdict: 'ok', message: expect.stringContaining('reference') },
    ]);
  });

  test.each([
    ['says nothing', (_request: unknown, response: ServerResponse) => void response.end()],
    ['is another program', json(() => ({ body: { ok: true } }))],
    ['is ours behind a wrong path', json(() => ({ status: 404, body: { code: 'not_found' } }))],
  ])('that %s is a problem, with where to look', async (_what, listener) => {
    const { url } = await served(listener);
    expect(await checkServer(url, undefined, now)).toMatchObject([
      {
        verdict: 'problem',
        message: expect.stringContaining('no server for ADWs'),
        remedy: expect.stringContaining('--server'),
      },
    ]);
  });

  test('of another version, with another clock, with a full disk, that wants a token, says so with remedies', async () => {
    const body = { ...healthy, status: 'degraded', error: 'disk is full', adw_stream: { version: '0.0.1' } };
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const { url } = await served(json(path => (path === '/health' ? { body, date } : { status: 401, body: {} })));
    const found = await checkServer(url, 'wrong', now);
    expect(found.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      'server ok',
      'version warning',
      'store problem',
      'token problem',
      'clock warning',
    ]);
    expect(found.slice(1).every(({ remedy }) => remedy !== undefined)).toBe(true);
  });

  test('that does not answer is a warning with the command that starts one', async () => {
    expect(await checkServer(`http://127.0.0.1:${await freePort()}`, undefined, now)).toMatchObject([
      {
        verdict: 'warning',
        message: expect.stringContaining('ECONNREFUSED'),
        remedy: 'Start one with: adw-stream serve',
      },
    ]);
  });
});

describe('the port', () => {
  test('is free, taken by one of ours, or taken by another program', async () => {
    const ours = await served(json(() => ({ body: healthy })));
    const other = await served((_, response) => response.end('hello'));
    expect((await checkPort('127.0.0.1', 0)).verdict).toBe('ok');
    expect(await checkPort('127.0.0.1', ours.port)).toMatchObject({
      verdict: 'ok',
      message: expect.stringContaining('adw-stream'),
    });
    expect((await checkPort('127.0.0.1', other.port)).verdict).toBe('warning');
  });
});
