import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { AdwStreamError } from '../../src/base/errors.ts';
import { type ClientOptions, type ClientStatus, connect, type WebSocketConstructor } from '../../src/client/index.ts';

const ws = WebSocket as unknown as WebSocketConstructor;
type Script = (socket: WebSocket, request: IncomingMessage) => void;

/** A server that does with each connection what a test says; other requests get `status` and a refusal. */
async function serve(script: Script, { status = 404 } = {}): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const http = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code: 'unauthorized', error: 'A token is needed.', detail: 'A token is needed.' }));
  });
  const server = new WebSocketServer({ noServer: true, handleProtocols: protocols => [...protocols][0] ?? false });
  http.on('upgrade', (request, socket, head) => {
    // A client that was refused may hang up before it has read why.
    socket.on('error', () => undefined);
    if (status === 401) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    server.handleUpgrade(request, socket, head, accepted => {
      connections += 1;
      script(accepted, request);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    http.close();
  });
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`, connections: () => connections };
}

function open(url: string, options: ClientOptions = {}) {
  const client = connect(url, { WebSocket: ws, backoff: { baseMs: 20, maxMs: 50 }, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Waits that are the same for every client, so that of two the one that was closed first would be back first. */
const NO_CHANCE = { baseMs: 20, maxMs: 50, random: () => 1 };

/** Waits until a client has come back twice that was opened now and is sent away: one that was closed before is not coming, then. */
async function anotherCameBack(): Promise<void> {
  const { url, connections } = await serve(socket => socket.terminate());
  open(url, { backoff: NO_CHANCE });
  await until(() => connections() > 2);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pass(5);
}

interface Asked {
  readonly type: string;
  readonly adw_id?: string;
  readonly timestamp?: number;
  readonly after?: number;
  readonly epoch?: string;
}

/** Answers pings, and subscriptions as a log of `epoch` does that keeps what comes after `fromSeq`; repeats its two events. */
function speak(socket: WebSocket, { epoch = 'e', fromSeq = 0 } = {}): void {
  socket.on('message', raw => {
    const message = JSON.parse(String(raw)) as Asked;
    if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong', timestamp: message.timestamp }));
    if (message.type === 'subscribe') {
      const after = (message.epoch ?? epoch) === epoch ? (message.after ?? 0) : 0;
      const data = { adw_id: message.adw_id, status: 'subscribed', epoch, from_seq: Math.max(fromSeq, after) };
      socket.send(JSON.stringify({ type: 'subscription_ack', data }));
      for (const seq of [1, 2]) {
        socket.send(JSON.stringify({ type: 'text_block', seq: fromSeq + seq, epoch, data: { adw_id: 'aaaaaaa1' } }));
      }
    }
  });
}

describe('a connection', () => {
  test('offers its token as a subprotocol, measures the round trip, and says that it is good', async () => {
    let protocols: string | undefined;
    const { url } = await serve((socket, request) => {
      protocols = request.headers['sec-websocket-protocol'];
      speak(socket);
    });
    const client = open(url, { token: 'secret', pingMs: 200 });
    // A round trip may meet a slow moment: the next one is good again.
    await until(() => client.status.latencyMs !== null && client.status.quality === 'good');
    expect(protocols).toBe('adw-stream.v1,bearer.secret');
    expect(client.status).toMatchObject({ state: 'open', quality: 'good', reason: '' });
  });

  test('comes back after the server goes away, and hears the same log go on', async () => {
    const sockets: WebSocket[] = [];
    const { url, connections } = await serve(socket => {
      sockets.push(socket);
      speak(socket);
    });
    const client = open(url);
    const seqs: number[] = [];
    client.on('text_block', ({ seq }) => seqs.push(seq));
    client.subscribe('aaaaaaa1', { after: 0 });
    await until(() => seqs.length === 2);
    sockets[0]?.close(1001);
    // The server has answered the subscription, with events that were heard before, when it answers the ping behind it.
    await until(() => connections() === 2 && client.status.latencyMs !== null);
    expect(client.status.state).toBe('open');
    expect(seqs).toEqual([1, 2]);
  });

  test('tells of a log that was started anew before its first event', async () => {
    const sockets: WebSocket[] = [];
    const { url, connections } = await serve(socket => {
      sockets.push(socket);
      speak(socket, { epoch: `e${connections()}` });
    });
    const client = open(url);
    const heard: string[] = [];
    client.on('resync', ({ previousEpoch, epoch }) => heard.push(`${previousEpoch}→${epoch}`));
    client.on('*', ({ seq }) => heard.push(String(seq)));
    client.subscribe('*', { after: 0 });
    await until(() => heard.length === 2);
    sockets[0]?.close(1012);
    await until(() => heard.length === 5);
    expect(heard).toEqual(['1', '2', 'e1→e2', '1', '2']);
  });

  test('tells of events that the log no longer keeps', async () => {
    const { url } = await serve(socket => speak(socket, { fromSeq: 10 }));
    const client = open(url);
    const gap = new Promise(resolve => client.on('gap', resolve));
    client.subscribe('*', { after: 3 });
    expect(await gap).toEqual({ adwId: '*', after: 3, resumedAfter: 10 });
  });

  test('is given up when nothing answers, and tried again', async () => {
    const { url, connections } = await serve(() => {});
    open(url, { pingMs: 50, answerMsMax: 100, heartbeatMs: 1_000 });
    await until(() => connections() >= 3);
  });

  test('is not taken up again after a close that forbids it, which is told as an error', async () => {
    const { url, connections } = await serve(socket => socket.close(1008, 'too many messages'));
    const client = open(url, { backoff: NO_CHANCE });
    const error = await new Promise<AdwStreamError>(resolve => client.on('error', resolve));
    expect(error.message).toContain('too many messages');
    await anotherCameBack();
    expect([client.status.state, connections()]).toEqual(['closed', 1]);
  });

  test('never comes back after close()', async () => {
    const { url, connections } = await serve(socket => speak(socket));
    const client = open(url, { backoff: NO_CHANCE });
    const states: ClientStatus[] = [];
    client.on('status', status => states.push(status));
    await until(() => client.status.state === 'open');
    client.close();
    await anotherCameBack();
    expect([client.status.state, connections()]).toEqual(['closed', 1]);
    expect(states.at(-1)).toMatchObject({ state: 'closed', quality: 'offline' });
    expect(() => client.subscribe('*')).toThrow('closed');
  });
});

describe('what a person is told', () => {
  test('that a token is needed, though a refused WebSocket does not say so', async () => {
    const { url } = await serve(() => {}, { status: 401 });
    const error = await new Promise<AdwStreamError>(resolve => open(url).on('error', resolve));
    expect(error).toMatchObject({ code: 'unauthorized', message: 'A token is needed.' });
    expect(error.hint).toContain('ADW_STREAM_TOKEN');
  });

  test('that nobody answers, once for many attempts', async () => {
    const { url } = await serve(() => {});
    const closed = url.replace(/\d+$/, '1');
    const errors: AdwStreamError[] = [];
    const client = open(closed);
    client.on('error', error => errors.push(error));
    // Why an attempt failed is asked for by a request of its own.
    await until(() => client.status.attempt > 3 && errors.length > 0);
    expect(errors.map(error => error.code)).toEqual(['server_unreachable']);
  });

  test('what the server refused', async () => {
    const { url } = await serve(socket => {
      const data = { error_code: 'rate_limited', message: 'Too many messages.' };
      socket.send(JSON.stringify({ type: 'error', data }));
    });
    const error = await new Promise<AdwStreamError>(resolve => open(url).on('error', resolve));
    expect(error).toMatchObject({ code: 'rate_limited', message: 'Too many messages.' });
  });
});

describe('messages of its own', () => {
  test('wait for the connection, the newest of them, in order', async () => {
    const got: unknown[] = [];
    const { url } = await serve(socket => {
      socket.on('message', raw => got.push(JSON.parse(String(raw)).n));
    });
    const client = open(url, { queueMax: 3 });
    const errors: AdwStreamError[] = [];
    client.on('error', error => errors.push(error));
    for (const n of [1, 2, 3, 4]) client.send({ type: 'workflow_log', n });
    await until(() => got.length >= 4);
    expect(got.filter(n => n !== undefined)).toEqual([2, 3, 4]);
    expect(errors).toHaveLength(1);
  });

  test('malformed frames of a server harm nobody', async () => {
    const { url } = await serve(socket => {
      for (const frame of ['', 'nonsense', 'null', '[]', '{"type":"batch"}', '{"type":7}']) socket.send(frame);
      speak(socket);
    });
    const client = open(url);
    client.subscribe('*', { after: 0 });
    await until(() => client.position('*')?.seq === 2);
  });
});
