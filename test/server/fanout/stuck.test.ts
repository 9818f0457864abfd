import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CLOSE } from '../../../src/event/close-code.ts';
import { serverMessageSchemas } from '../../../src/event/message.ts';
import { until } from '../../support/until.ts';
import { Client } from './support/client.ts';
import { entry, type Served, serve } from './support/server.ts';

const A = 'aaaaaaaa';
const MIB = 1024 * 1024;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A WebSocket over a bare socket that reads the greeting and then never again. */
async function stuckClient({ port, fanout }: Served): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await once(socket, 'data');
  socket.pause();
  await met(() => fanout.stats().connections > 0);
  return socket;
}

/** Silent for two heartbeats comes long after taking nothing for too long, and the server checks often. */
const IMPATIENT = { heartbeatMs: 5_000, limits: { stallMsMax: 300 } };

/** Lets server and client, which share this process, go on until `condition` is true. */
async function met(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

async function pour({ store }: Served, events: number, bytes: number): Promise<void> {
  const content = 'z'.repeat(bytes);
  for (let done = 0; done < events; done += 100) {
    await store.append(Array.from({ length: 100 }, () => entry(A, 'text_block', content)));
  }
}

describe('a client that never reads', () => {
  test('holds no more than its limit, however much goes by, and harms nobody', async () => {
    const served = await serve();
    await stuckClient(served);
    const other = await Client.connect(served.url);
    await pour(served, 2_000, 10_000);
    await other.until(() => other.events.length === 2_000);
    const [stuck] = served.fanout.connections();
    expect(stuck?.bytes_buffered).toBeGreaterThan(0);
    expect(stuck?.bytes_buffered).toBeLessThanOrEqual(MIB);
    expect(stuck?.subscriptions[0]).toMatchObject({ state: 'lagging' });
    expect(served.fanout.stats()).toMatchObject({ lagging: 1, connections: 2 });
    expect(served.fanout.stats().ringBytes).toBeLessThanOrEqual(16 * MIB);
  });

  test('is closed once it has taken nothing for too long, and let go of though it does not answer', async () => {
    const served = await serve(IMPATIENT);
    await stuckClient(served);
    await pour(served, 600, 10_000);
    await met(() => served.fanout.stats().tooSlow === 1);
    await met(() => served.fanout.stats().connections === 0);
  });

  test('is told the seq to resume after when it is closed, and misses and repeats nothing when it does', async () => {
    const served = await serve(IMPATIENT);
    await pour(served, 1_200, 10_000);
    // The server lets go of a socket after a second: not before the client has read what it was sent.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const client = await Client.connect(served.url);
    await client.subscribe({ adw_id: A, after: 0 });
    client.socket.pause();
    await met(() => served.fanout.stats().tooSlow === 1);
    client.socket.resume();
    const { code, reason } = await client.end().finally(() => vi.useRealTimers());
    const last = client.seqs().at(-1) as number;
    expect(code).toBe(CLOSE.tooSlow.code);
    const [, epoch, seq] = /resume after (.+):(\d+)$/.exec(reason) ?? [];
    expect(seq).toBe(String(last));
    expect(last).toBeLessThan(served.store.lastSeq);
    const again = await Client.connect(served.url);
    await again.subscribe({ adw_id: A, after: last, epoch });
    await again.until(() => again.seqs().includes(served.store.lastSeq));
    expect([...client.seqs(), ...again.seqs()]).toEqual(Array.from({ length: 1_200 }, (_, at) => at + 1));
  });

  test('of Server-Sent Events is closed too, though heartbeats go on being written to it', async () => {
    const served = await serve({ heartbeatMs: 100, limits: { stallMsMax: 300 } });
    const socket = connect(served.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    await pour(served, 600, 10_000);
    await until('it is closed', () => served.fanout.stats().streams === 0);
    expect(served.fanout.stats().tooSlow).toBe(1);
  });

  test('but sends pings gets no more answers than its limit holds', async () => {
    const served = await serve({ limits: { messagesPerSecond: 1e9, messagesBurst: 1e9 } });
    const socket = await stuckClient(served);
    const ping = Buffer.from(JSON.stringify({ type: 'ping', timestamp: 'p'.repeat(60_000) }));
    const head = Buffer.from([0x81, 0xfe, ping.length >> 8, ping.length & 255, 0, 0, 0, 0]);
    for (let sent = 0; sent < 400; sent++) socket.write(Buffer.concat([head, ping]));
    // The server stops reading at some point: then nothing is taken any more, however often both have their turn.
    let still = 0;
    let before = socket.writableLength;
    await met(() => {
      still = socket.writableLength === before ? still + 1 : 0;
      before = socket.writableLength;
      return still === 200;
    });
    expect(socket.writableLength).toBeGreaterThan(ping.length);
    expect(served.fanout.stats().bufferedBytes).toBeLessThan(2 * MIB);
  });
});

describe('a client that reads again', () => {
  test('is told how far behind it is, and is given everything from the log', async () => {
    const served = await serve({ limits: { ringBytesMax: 64 * 1024 } });
    const client = await Client.connect(served.url);
    await client.subscribe({ adw_id: A });
    client.socket.pause();
    while (served.fanout.stats().lagging === 0) await pour(served, 200, 10_000);
    client.socket.resume();
    await client.until(() => client.events.length === served.store.lastSeq);
    const lagging = serverMessageSchemas.lagging.parse(await client.first('lagging'));
    expect(lagging.data.behind).toBeGreaterThan(0);
    expect(client.seqs()).toEqual(Array.from({ length: served.store.lastSeq }, (_, at) => at + 1));
    expect(served.fanout.stats()).toMatchObject({ lagging: 0, lagMax: 0 });
  });

  test('and never subscribed is not sent messages that the reference does not know', async () => {
    const served = await serve();
    const client = await Client.connect(served.url);
    client.socket.pause();
    while (served.fanout.stats().lagging === 0) await pour(served, 200, 10_000);
    client.socket.resume();
    await client.until(() => client.events.length === served.store.lastSeq);
    expect(client.of('lagging')).toEqual([]);
  });
});
