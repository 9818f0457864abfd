import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { connect } from '../../../src/sidecar/deliver/connect.ts';
import { startScriptedServer } from './scripted-server.ts';

it('asks a server for its epoch once for all sidecars of a process that ask together', async () => {
  const { url, received } = await startScriptedServer(() => ({
    status: 200,
    body: { adw_stream: { api: 'v1', epoch: 'e1' } },
  }));
  const { signal } = new AbortController();
  const options = { server: url, token: undefined, timeoutMs: 5_000, signal, log: silentLogger };
  const ids = ['abcd1234', 'abcd1235', 'abcd1236'];
  const sidecars = await Promise.all(ids.map(adwId => connect({ ...options, adwId })));
  onTestFinished(() => {
    for (const sidecar of sidecars) sidecar.close();
  });
  expect(received).toHaveLength(3);
  expect(await Promise.all(sidecars.map(sidecar => sidecar.epoch()))).toEqual(['e1', 'e1', 'e1']);
  expect(received).toHaveLength(4);
});
