import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { postEvents, startTestServer, type TestServer } from './running.ts';

const FAR = '192.0.2.7';
const INDEX = '/api/v1/adws/1a2b3c4d/index';
const ROWS = '/api/v1/adws/1a2b3c4d/rows';
let server: TestServer;
let app: FastifyInstance;
beforeAll(async () => {
  const observe = (made: FastifyInstance) => {
    app = made;
  };
  server = await startTestServer({}, { dashboardDir: '/nonexistent', observe });
  const data = { adw_id: '1a2b3c4d', message: 'm', level: 'INFO' };
  await postEvents(
    server.url,
    Array.from({ length: 2_000 }, () => ({ type: 'agent_log', data })),
  );
  // The server's own word on the run's state comes a moment later: between two answers it would make them differ.
  const states = `${server.url}/api/v1/adws/1a2b3c4d/events?type=adw_status`;
  await until('its state is told', async () => (await (await fetch(states)).text()).includes('adw_status'));
});
afterAll(() => server.remove());

/** Asks for a path from an address. */
function get(url: string, remoteAddress: string, headers: Record<string, string>) {
  return app.inject({ url, remoteAddress, headers: { host: 'localhost', ...headers } });
}

describe('a large JSON answer', () => {
  it('is packed for a client that is elsewhere and takes it', async () => {
    const plain = await get(INDEX, FAR, {});
    const packed = await get(INDEX, FAR, { 'accept-encoding': 'gzip, deflate, br', origin: 'http://localhost:9200' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Origin, accept-encoding' });
    expect(packed.headers['content-length']).toBe(String(packed.rawPayload.length));
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 4);
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body);
  });

  it('is packed on its way, too, where it is sent line by line', async () => {
    const plain = await get(ROWS, FAR, {});
    const packed = await get(ROWS, FAR, { 'accept-encoding': 'gzip' });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: expect.stringContaining('accept-encoding'),
    });
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body);
    expect((await get(ROWS, '127.0.0.1', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
  });

  it.each([
    ['over loopback, where packing takes longer than sending', INDEX, '127.0.0.1', 'gzip'],
    ['over loopback, by its other names', INDEX, '::ffff:127.0.0.1', 'gzip'],
    ['when the client has not asked', INDEX, FAR, ''],
    ['when it is refused', INDEX, FAR, 'br, gzip;q=0'],
    ['when it is small', '/health', FAR, 'gzip'],
  ])('is left as it is %s', async (_when, url, address, accepted) => {
    const { headers } = await get(url, address, { 'accept-encoding': accepted });
    expect(headers['content-encoding']).toBeUndefined();
  });
});
