import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
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
  while (fanout.stats().connections === 0) await new Promise(resolve => setImmediate(resolve));
  return socket;
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
    await pour(served, 20_000, 1_000);
    await other.until(() => other.events.length === 20_000);
    const [stuck] = served.fanout.connections();
    expect(stuck?.bytes_buffered).toBeGreaterThan(0);
    expect(stuck?.bytes_buffered).toBeLessThanOrEqual(MIB);
    expect(stuck?.subscriptions[0]).toMatchObject({ state: 'lagging' });
    expect(served.fanout.stats()).toMatchObject({ lagging: 1, connections: 2 });
    expect(served.fanout.stats().ringBytes).toBeLessThanOrEqual(16 * MIB);
  });

  test('is closed with the seq to resume after once it has taken nothing for too long', async () => {
    // Looks follow one another quickly; being silent for two heartbeats takes long enough not to come first.
    const served = await serve({ heartbeatMs: 5_000, limits: { stallMsMax: 300 } });
    const socket = await stuckClient(served);
    await pour(served, 6_000, 1_000);
    while (served.fanout.stats().tooSlow === 0) await new Promise(resolve => setImmediate(resolve));
    while (served.fanout.stats().connections > 0) await new Promise(resolve => setImmediate(resolve));
    socket.resume();
    await once(socket, 'close');
  });

  test('of Server-Sent Events is closed too, though heartbeats go on being written to it', async () => {
    const served = await serve({ heartbeatMs: 100, limits: { stallMsMax: 300 } });
    const socket = connect(served.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.pause();
    await pour(served, 6_000, 1_000);
    await until('it is closed', () => served.fanout.stats().streams === 0, { withinMs: 4_000 });
    expect(served.fanout.stats().tooSlow).toBe(1);
  });

  test('but sends pings gets no more answers than its limit holds', async () => {
    const served = await serve({ limits: { messagesPerSecond: 1e9, messagesBurst: 1e9 } });
    const socket = await stuckClient(served);
    const ping = Buffer.from(JSON.stringify({ type: 'ping', timestamp: 'p'.repeat(60_000) }));
    const head = Buffer.from([0x81, 0xfe, ping.length >> 8, ping.length & 255, 0, 0, 0, 0]);
    let taken = true;
    for (let sent = 0; sent < 400 && taken; sent++) {
      const flushed = new Promise<boolean>(resolve => socket.write(Buffer.concat([head, ping]), () => resolve(true)));
      // The server stops reading at some point: then nothing is taken any more.
      taken = await Promise.race([flushed, new Promise<boolean>(resolve => setTimeout(resolve, 500, false))]);
    }
    expect(taken).toBe(false);
    expect(served.fanout.stats().bufferedBytes).toBeLessThan(2 * MIB);
  });
});

describe('a client that reads again', () => {
  test('is told how far behind it is, and is given everything from the log', async () => {
    const served = await serve({ limits: { ringBytesMax: 64 * 1024 } });
    const client = await Client.connect(served.url);
    await client.subscribe({ adw_id: A });
    client.socket.pause();
    while (served.fanout.stats().lagging === 0) await pour(served, 1_000, 2_000);
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
    while (served.fanout.stats().lagging === 0) await pour(served, 1_000, 2_000);
    client.socket.resume();
    await client.until(() => client.events.length === served.store.lastSeq);
    expect(client.of('lagging')).toEqual([]);
  });
});
