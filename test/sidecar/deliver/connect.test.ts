import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { connect } from '../../../src/sidecar/deliver/connect.ts';
import { GIVEN_UP_MS, type Reply, startScriptedServer } from './scripted-server.ts';

const OPTIONS = { token: undefined, timeoutMs: 60_000, log: silentLogger, stages: true, besideMonitor: false };

describe('a server', () => {
  const connectTo = async (reply: Reply, timeoutMs = 60_000) => {
    const { url } = await startScriptedServer(() => reply);
    const { signal } = new AbortController();
    const connection = await connect({ ...OPTIONS, server: url, timeoutMs, signal, adwId: 'abcd1234' });
    onTestFinished(() => connection.close());
    return connection.delivery.kind;
  };

  it('is known by what its health check says', async () => {
    expect(await connectTo({ status: 200, body: { status: 'healthy' } })).toBe('reference');
    expect(await connectTo({ status: 200, body: { status: 'unhealthy', service: 'adw-websocket-trigger' } })).toBe(
      'reference',
    );
    const ours = { status: 'healthy', adw_stream: { api: 'v1', epoch: 'e1' } };
    expect(await connectTo({ status: 200, body: ours })).toBe('native');
  });

  it('is none where the health check says something else, and that is said', async () => {
    const cases: [string, Reply][] = [
      ['404, {"detail":"Not Found"}', { status: 404, body: { detail: 'Not Found' } }],
      // Our own, behind a wrong path.
      ['404', { status: 404, body: { code: 'not_found', error: 'no' } }],
      ['200, no JSON', { status: 200, text: '' }],
      ['200, {"ok":true}', { status: 200, body: { ok: true } }],
      ['200, {"status":"ok"}', { status: 200, body: { status: 'ok' } }],
      ['501', { status: 501, body: {} }],
    ];
    // Each is asked until the time for it is over.
    const ends = await Promise.allSettled(cases.map(([, reply]) => connectTo(reply, GIVEN_UP_MS)));
    const refusalSaying = (said: string) => ({
      code: 'wrong_server',
      message: expect.stringContaining(`is no server for ADWs by its health check (GET /health: ${said}`),
    });
    expect(ends).toMatchObject(cases.map(([said]) => ({ status: 'rejected', reason: refusalSaying(said) })));
  });
});

it('asks a server for its epoch once for all sidecars of a process that ask together', async () => {
  const { url, received } = await startScriptedServer(() => ({
    status: 200,
    body: { adw_stream: { api: 'v1', epoch: 'e1' } },
  }));
  const { signal } = new AbortController();
  const options = { ...OPTIONS, server: url, signal };
  const ids = ['abcd1234', 'abcd1235', 'abcd1236'];
  const sidecars = await Promise.all(ids.map(adwId => connect({ ...options, adwId })));
  onTestFinished(() => {
    for (const sidecar of sidecars) sidecar.close();
  });
  expect(received).toHaveLength(3);
  expect(await Promise.all(sidecars.map(sidecar => sidecar.epoch()))).toEqual(['e1', 'e1', 'e1']);
  expect(received).toHaveLength(4);
});
