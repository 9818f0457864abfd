import { describe, expect, test } from 'vitest';
import { CLOSE } from '../../../src/event/close-code.ts';
import { serverMessageSchemas } from '../../../src/event/message.ts';
import { until } from '../../support/until.ts';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

describe('a heartbeat', () => {
  test('comes each interval with the fields of both references, and the round trip is measured', async () => {
    const { url, fanout } = await serve({ heartbeatMs: 100 });
    const client = await Client.connect(url);
    const other = await Client.connect(url);
    const heartbeats = () => client.of('heartbeat').map(message => serverMessageSchemas.heartbeat.parse(message).data);
    await client.until(() => heartbeats().filter(({ active_connections }) => active_connections === 2).length >= 2);
    const data = heartbeats().at(-1);
    expect(data).toMatchObject({ active_connections: 2, server_status: 'healthy', server_time: data?.timestamp });
    // What was said last may have come before the answer to what was asked first.
    await until('the round trip is measured', () => fanout.connections()[0]?.rtt_ms !== null);
    expect(fanout.connections()[0]?.rtt_ms).toBeGreaterThanOrEqual(0);
    expect(other.closed).toBeUndefined();
  });
});

describe('a silent peer', () => {
  test('is closed with 1001 after two intervals; one that answers pings is not', async () => {
    const { url, fanout } = await serve({ heartbeatMs: 100 });
    const lively = await Client.connect(url);
    const silent = await Client.connect(url, '/ws', { autoPong: false });
    const { code, reason } = await silent.end();
    expect([code, reason]).toEqual([1001, expect.stringMatching(/^silent for two heartbeats; resume after .+:\d+$/)]);
    while (fanout.stats().connections > 1) await new Promise(resolve => setImmediate(resolve));
    expect(fanout.stats().silent).toBe(1);
    expect(lively.closed).toBeUndefined();
  });
});

describe('a server that was stopped', () => {
  /** Nothing in this process has its turn meanwhile, as when it is suspended. */
  const sleepMs = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  test('takes its own absence for no silence of its clients', async () => {
    const { url, fanout } = await serve({ heartbeatMs: 100 });
    const client = await Client.connect(url);
    for (let stops = 0; stops < 5; stops++) {
      const beats = client.of('heartbeat').length;
      sleepMs(300);
      await client.until(() => client.of('heartbeat').length > beats);
    }
    expect(client.closed).toBeUndefined();
    expect(fanout.stats().silent).toBe(0);
  });

  test('takes it for no client that takes nothing either', async () => {
    const { url, fanout } = await serve({ heartbeatMs: 300, limits: { stallMsMax: 400 } });
    const client = await Client.connect(url);
    client.socket.pause();
    // More than the sockets in between hold.
    for (let pings = 0; pings < 300; pings++) client.send({ type: 'ping', timestamp: 'p'.repeat(60_000) });
    while (fanout.stats().bufferedBytes === 0) await new Promise(resolve => setImmediate(resolve));
    client.socket.resume();
    sleepMs(550);
    await client.until(() => client.of('pong').length === 300);
    expect(fanout.stats()).toMatchObject({ connections: 1, tooSlow: 0 });
  });
});

describe('a time of day that is set anew', () => {
  test('closes nobody, and hearts go on beating', async () => {
    let offset = 0;
    const clock = { now: () => Date.now() + offset };
    const { url, fanout } = await serve({ heartbeatMs: 100, clock });
    const client = await Client.connect(url);
    for (const hours of [1, -1]) {
      offset = hours * 3_600_000;
      const beats = client.of('heartbeat').length;
      await client.until(() => client.of('heartbeat').length >= beats + 3);
      const [info] = fanout.connections();
      expect(Math.abs(clock.now() - Date.parse(info?.last_activity ?? ''))).toBeLessThan(60_000);
      expect(info?.rtt_ms).toBeLessThan(60_000);
    }
    expect(client.closed).toBeUndefined();
  });
});

describe('a shutdown', () => {
  test('closes everyone with 1001, after what was committed has gone out', async () => {
    const { url, store, fanout } = await serve();
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.connect(url)));
    await store.append([entry('aaaaaaaa')]);
    await fanout.close();
    for (const client of clients) {
      expect((await client.end()).code).toBe(1001);
      expect(client.seqs()).toEqual([1]);
    }
    expect(fanout.stats().connections).toBe(0);
  });

  test('does not wait for a peer that never answers the close', async () => {
    const { url, fanout } = await serve();
    const client = await Client.connect(url);
    client.socket.pause();
    await fanout.close();
  });

  test('may say that the server restarts', async () => {
    const { url, fanout } = await serve();
    const client = await Client.connect(url);
    await fanout.close(CLOSE.restart);
    expect((await client.end()).code).toBe(1012);
  });
});
