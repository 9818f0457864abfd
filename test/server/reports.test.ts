import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FANOUT_LIMITS } from '../../src/server/fanout/limits.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { until } from '../support/until.ts';
import { postEvents, startTestServer, type TestServer } from './running.ts';

const started: TestServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.remove();
});

async function start(overrides: Parameters<typeof startTestServer>[0] = {}) {
  const { log, recorded } = recordingLogger();
  const server = await startTestServer({ ...overrides, log });
  started.push(server);
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  return { server, recorded, metrics };
}

describe('the log and the metrics', () => {
  it('tell of a client that floods its WebSocket', async () => {
    const { server, recorded, metrics } = await start();
    const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws`);
    await new Promise(resolve => socket.on('open', resolve));
    const closed = new Promise<number>(resolve => socket.on('close', resolve));
    // On a busy machine more are let through, and more have to be sent.
    while (socket.readyState === WebSocket.OPEN) {
      for (let message = 0; message < 1_000; message++) socket.send('{"type":"ping"}');
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(await closed).toBe(1008);
    expect(recorded).toContainEqual({
      name: 'request_refused',
      level: 'warn',
      line: 'Refused a request (flood of messages).',
      fields: { kind: 'flood of messages', client: '127.0.0.1' },
    });
    const text = await metrics();
    // Each that was refused until it was closed, though one line has warned.
    const refused = Number(/^adw_stream_requests_refused_total\{kind="flood of messages"\} (\d+)$/m.exec(text)?.[1]);
    expect(refused).toBe(recorded.filter(({ name }) => name === 'refusal').length);
    expect(refused).toBeGreaterThan(FANOUT_LIMITS.messagesBurst);
    expect(recorded.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(text).toContain('adw_stream_subscribers_closed_total{code="1008"} 1');
  });

  it('tell of refused requests and refused events', async () => {
    const { server, recorded, metrics } = await start({ rateLimit: 20 });
    await postEvents(server.url, [{ type: 'nothing' }, { type: 'nothing' }]);
    expect(recorded).toContainEqual(expect.objectContaining({ name: 'events_refused', level: 'debug' }));
    expect(await metrics()).toMatch(/^adw_stream_events_rejected_total 2$/m);
    const statuses: number[] = [];
    await until('the limit is reached', async () => {
      statuses.push((await fetch(`${server.url}/health`)).status);
      return statuses.includes(429);
    });
    expect(recorded.filter(({ name }) => name === 'request_refused')).toMatchObject([{ fields: { kind: 'flood' } }]);
  });

  it('have every counter from the start, so that its first step can be seen', async () => {
    const { metrics } = await start();
    expect(await metrics()).toMatch(/^adw_stream_requests_failed_total 0$/m);
  });
});
