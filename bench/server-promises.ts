import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { runServe, type ServeCommand } from '../test/support/process.ts';

/**
 * `node test/programs/run-typescript.mjs bench/server-promises.ts [recovery|restart|idle|stuck …]`: what the server
 * promises in numbers, measured on a real process with its durable log. Prints a line per promise; the exit code is 1 when
 * one does not hold. Needs `npm run build` before, and 20,000 descriptors for `idle`.
 */

const ADW = 'promise1';
const POST_EVENTS = 1_000;
const POSTERS = 4;
const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

interface Message {
  readonly type: string;
  readonly seq?: number;
  readonly events?: readonly { readonly seq: number }[];
}

function say(promise: string, reached: number, { atMost, unit }: { atMost: number; unit: string }): void {
  const holds = reached <= atMost;
  if (!holds) process.exitCode = 1;
  console.log(`${holds ? 'holds' : 'FAILS'}: ${promise}: ${reached.toFixed(1)} ${unit} (at most ${atMost})`);
}

let posted = 0;
/** Posts `count` events of about 600 bytes, several posts at a time. */
async function post({ url }: ServeCommand, count: number): Promise<void> {
  let left = count;
  const poster = async () => {
    while (left > 0) {
      const size = Math.min(POST_EVENTS, left);
      left -= size;
      const lines = Array.from({ length: size }, () => {
        const data = { adw_id: ADW, event_id: `event-${posted++}`, content: 'lorem ipsum '.repeat(40) };
        return JSON.stringify({ type: 'text_block', data });
      });
      const headers = { 'content-type': 'application/x-ndjson' };
      const response = await fetch(`${url}/api/v1/events`, { method: 'POST', headers, body: lines.join('\n') });
      if (!response.ok) throw new Error(await response.text());
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, poster));
}

/** A subscriber that counts and never accepts a gap or a repeat. All events of these logs are of one ADW and type. */
function follow(url: string, after: number, { until, onClose }: { until: number; onClose?: () => void }) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  let seq = after;
  const done = new Promise<void>((resolve, reject) => {
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'subscribe', adw_id: ADW, types: ['text_block'], after, batch: true })),
    );
    let subscribed = false;
    socket.on('message', data => {
      const message = JSON.parse(String(data)) as Message;
      if (message.type === 'subscription_ack') subscribed = true;
      if (!subscribed) return;
      for (const event of message.events ?? (message.seq === undefined ? [] : [{ seq: message.seq }])) {
        if (event.seq <= seq) reject(new Error(`${event.seq} came after ${seq}`));
        seq = event.seq;
      }
      if (seq >= until) resolve();
    });
    socket.on('error', () => {});
    socket.on('close', () => onClose?.());
  });
  return { done, socket, seq: () => seq };
}

async function lastSeq({ url }: ServeCommand): Promise<number> {
  const health = (await (await fetch(`${url}/health`)).json()) as { store: { last_seq: number } };
  return health.store.last_seq;
}

function residentKiB({ child }: ServeCommand): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
}

/** CPU seconds that a server has used, which other programs on the machine change less than the time that passes. */
function cpuSeconds({ child }: ServeCommand): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const serve = (dataDir: string, port = 0) => runServe(dataDir, { port, args: ['--rate-limit', '100000000'] });

async function restart(server: ServeCommand, dataDir: string): Promise<ServeCommand> {
  await server.stop('SIGKILL');
  return serve(dataDir, Number(new URL(server.url).port));
}

/** The log from any seq, 100,000 events of it, and on into what comes meanwhile. */
async function recovery(dataDir: string): Promise<void> {
  let server = await serve(dataDir);
  await post(server, 200_000);
  const measure = async (name: string, after: number) => {
    const cpu = cpuSeconds(server);
    const begun = performance.now();
    const { done, socket } = follow(server.url, after, { until: after + 100_000 });
    await done;
    say(`100,000 events from seq ${after}, ${name}`, (performance.now() - begun) / 1_000, { atMost: 2, unit: 's' });
    console.log(`(of which the server computed ${(cpuSeconds(server) - cpu).toFixed(2)} s)`);
    socket.terminate();
    const live = follow(server.url, after, { until: (await lastSeq(server)) + 500 });
    await post(server, 1_000);
    await live.done;
    live.socket.terminate();
  };
  for (const after of [0, 50_000, 100_000]) await measure('running', after);
  server = await restart(server, dataDir);
  await measure('right after a restart', 73_000);
  await server.stop();
}

/** 1,000 clients that lose their server and come back for what they lack. */
async function restarted(dataDir: string): Promise<void> {
  let server = await serve(dataDir);
  await post(server, 20_000);
  const from = await lastSeq(server);
  const { url } = server;
  const connected = Array.from({ length: 1_000 }, () => follow(url, from, { until: Number.POSITIVE_INFINITY }));
  await Promise.all(connected.map(({ socket }) => new Promise(resolve => socket.on('open', resolve))));
  server = await restart(server, dataDir);
  const cpu = cpuSeconds(server);
  const begun = performance.now();
  const clients = connected.map(() => follow(url, from - 100, { until: from + 100 }));
  await post(server, 101);
  await Promise.all(clients.map(({ done }) => done));
  say('1,000 clients complete after a restart', (performance.now() - begun) / 1_000, { atMost: 3, unit: 's' });
  console.log(`(of which the server computed ${(cpuSeconds(server) - cpu).toFixed(2)} s)`);
  for (const { socket } of clients) socket.terminate();
  await server.stop();
}

function openRaw({ url }: ServeCommand): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(UPGRADE));
    socket.once('error', reject);
    socket.once('data', () => resolve(socket));
  });
}

/** 10,000 WebSockets to which nothing is sent but what connecting brings. */
async function idle(dataDir: string): Promise<void> {
  const count = 10_000;
  const server = await serve(dataDir);
  const sockets: Socket[] = [];
  const open = async (number: number) => {
    for (let n = 0; n < number; n += 100) {
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => openRaw(server)))));
    }
  };
  // The first connections also warm the code up.
  await open(500);
  const before = residentKiB(server);
  await open(count);
  await new Promise(resolve => setTimeout(resolve, 5_000));
  say('an idle WebSocket', (residentKiB(server) - before) / count, { atMost: 12, unit: 'KB' });
  for (const socket of sockets) socket.destroy();
  await server.stop();
}

/** One subscriber to everything that never reads, against none. */
async function stuck(dataDir: string): Promise<void> {
  const grown = [];
  for (const with_ of [false, true]) {
    const server = await serve(join(dataDir, String(with_)));
    await post(server, 300_000);
    const socket = with_ ? await openRaw(server) : undefined;
    socket?.pause();
    const before = residentKiB(server);
    await post(server, 1_000_000);
    grown.push((residentKiB(server) - before) / 1024);
    socket?.destroy();
    await server.stop();
  }
  const [without = 0, withOne = 0] = grown;
  console.log(
    `over 1,000,000 events: ${without.toFixed(1)} MB without, ${withOne.toFixed(1)} MB with a stuck subscriber`,
  );
  say('what one subscriber that never reads adds', withOne - without, { atMost: 10, unit: 'MB' });
}

const MEASURES = { recovery, restart: restarted, idle, stuck };
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(MEASURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const dataDir = mkdtempSync(join(tmpdir(), 'adw-stream-promises-'));
  try {
    await measure(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
