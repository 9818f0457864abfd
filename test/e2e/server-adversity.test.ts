import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runServe, type ServeCommand } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Five seconds are promised; a busy machine may take longer, and a server that waits for its clients half a minute. ms */
const WAITING_MS = 25_000;

const servers: ServeCommand[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.stop('SIGKILL');
});

async function serve(...args: Parameters<typeof runServe>): Promise<ServeCommand> {
  const server = await runServe(...args);
  servers.push(server);
  return server;
}

let events = 0;
/** Posts an event of `bytes`, and answers status and body. */
async function post({ url }: ServeCommand, bytes = 10, adwId = '1a2b3c4d') {
  const data = { adw_id: adwId, event_id: `event-${events++}`, message: 'm'.repeat(bytes), level: 'INFO' };
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ type: 'agent_log', data }]),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Posts until the server refuses. Answers how often it took, and the refusal. */
async function fill(server: ServeCommand) {
  for (let taken = 0; taken < 2_000; taken++) {
    const answer = await post(server, 100_000);
    if (answer.status !== 200) return { taken, refusal: answer };
  }
  throw new Error('the disk never became full');
}

async function health({ url }: ServeCommand) {
  return (await (await fetch(`${url}/health`)).json()) as { status: string; error: string | null };
}

async function expectReads({ url }: ServeCommand, stored: number): Promise<void> {
  const list = (await (await fetch(`${url}/api/v1/adws/1a2b3c4d`)).json()) as { totals: { events: number } };
  expect(list.totals.events).toBeGreaterThanOrEqual(stored);
  const page = (await (await fetch(`${url}/api/v1/adws/1a2b3c4d/events?limit=1000&type=agent_log`)).json()) as {
    events: unknown[];
  };
  expect(page.events).toHaveLength(stored);
}

/** A way to run a server on a file system of 8 MB of its own, where this machine lets us make one. */
function smallDisk(directory: string): string | undefined {
  const mount = `mount -t tmpfs -o size=8m tmpfs ${directory}`;
  for (const prefix of ['unshare --mount', 'unshare --mount --user --map-root-user']) {
    if (spawnSync('sh', ['-c', `${prefix} sh -c '${mount}'`]).status === 0)
      return `${prefix} sh -c '${mount} && exec "$@"' sh`;
  }
  return undefined;
}

describe('a disk that is really full', () => {
  const directory = mkdtempSync(join(tmpdir(), 'adw-stream-small-disk-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const under = smallDisk(directory);

  it.runIf(under !== undefined)('refuses writes with 507, keeps serving reads, and recovers by itself', async () => {
    const server = await serve(directory, { wrap: under as string });
    const outside = `/proc/${server.child.pid}/root${directory}`;
    writeFileSync(join(outside, 'filler'), Buffer.alloc(4 * 1024 * 1024));
    const { taken, refusal } = await fill(server);
    expect(refusal).toMatchObject({ status: 507, body: { code: 'storage_full' } });
    expect(JSON.stringify(refusal.body)).not.toContain(directory);
    expect(await health(server)).toMatchObject({ status: 'degraded', error: 'The disk of the log is full.' });
    await expectReads(server, taken);
    expect((await post(server, 100_000)).status).toBe(507);

    rmSync(join(outside, 'filler'));
    await until('the server is healthy again', async () => (await health(server)).status === 'healthy');
    expect((await post(server, 100_000)).status).toBe(200);
    await expectReads(server, taken + 1);
  });
});

describe('a disk that is full at the start', () => {
  const directory = mkdtempSync(join(tmpdir(), 'adw-stream-full-disk-'));
  const mount = `mount -t tmpfs -o size=8m tmpfs ${directory}`;
  const isPossible = spawnSync('unshare', ['--mount', 'sh', '-c', mount]).status === 0;
  // Has the file system while no server does.
  const keeper = isPossible ? spawn('unshare', ['--mount', 'sh', '-c', `${mount} && exec sleep 600`]) : undefined;
  afterAll(() => {
    keeper?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  it.runIf(isPossible)(
    'serves reads, says so in its health at once, and takes writes when there is room again',
    async () => {
      const wrap = `nsenter --target ${keeper?.pid} --mount`;
      const outside = `/proc/${keeper?.pid}/root${directory}`;
      await until(
        'the file system is there',
        () => statfsSync(outside).blocks * statfsSync(outside).bsize === 8 * 1024 ** 2,
      );
      const before = await serve(directory, { wrap });
      expect((await post(before)).status).toBe(200);
      await before.stop('SIGKILL');
      const { bavail, bsize } = statfsSync(outside);
      writeFileSync(join(outside, 'filler'), Buffer.alloc(bavail * bsize));

      const server = await serve(directory, { wrap });
      await until('health says it', async () => (await health(server)).error === 'The disk of the log is full.');
      await expectReads(server, 1);
      // Where the kill met the first server's probe, its file was on the disk that we filled, and gives 256 KiB back.
      const { taken, refusal } = await fill(server);
      expect(taken).toBeLessThanOrEqual(2);
      expect(refusal.status).toBe(507);
      rmSync(join(outside, 'filler'));
      await until('the server is healthy again', async () => (await health(server)).status === 'healthy');
      expect((await post(server)).status).toBe(200);
      await expectReads(server, 1 + taken + 1);
    },
  );
});

describe('a disk that cannot be written', () => {
  it('refuses writes, keeps serving reads, and recovers by itself', async () => {
    // A limit on the size of files fails writes on any machine, though not with "no space left".
    const server = await serve(temporaryDirectory(), { under: 'ulimit -S -f 6000' });
    const { taken, refusal } = await fill(server);
    expect([503, 507]).toContain(refusal.status);
    expect(await health(server)).toMatchObject({ status: 'degraded', error: expect.any(String) });
    await expectReads(server, taken);
    execFileSync('prlimit', ['--fsize=unlimited', '--pid', String(server.child.pid)]);
    await until('the server is healthy again', async () => (await health(server)).status === 'healthy');
    expect((await post(server)).status).toBe(200);
    await expectReads(server, taken + 1);
  });
});

/** Connects, writes, and reads nothing from then on unless `reads`. */
async function open({ url }: ServeCommand, bytes: string, { reads = false } = {}): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  await new Promise<void>(resolve => socket.once('connect', () => resolve()));
  if (bytes !== '') socket.write(bytes);
  if (reads) socket.on('data', () => {});
  return socket;
}

const HEAD = 'Host: localhost\r\n';
const UPGRADE = `GET /ws HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
const STREAM = `GET /api/v1/stream?after=0 HTTP/1.1\r\n${HEAD}\r\n`;

describe('SIGTERM', () => {
  it('ends the server whatever its clients do: hung, half-open, never reading', async () => {
    const server = await serve(temporaryDirectory());
    for (let n = 0; n < 30; n++) await post(server, 200_000);
    await open(server, '');
    await open(server, `GET /health HTTP/1.1\r\n${HEAD}`);
    await open(server, `GET /health HTTP/1.1\r\n${HEAD}\r\n`, { reads: true });
    await open(
      server,
      `POST /api/v1/events HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n[`,
    );
    await open(server, UPGRADE);
    await open(server, STREAM);
    const half = await open(server, STREAM, { reads: true });
    half.end();
    const active = async () => {
      const answer = await fetch(`${server.url}/api/v1/connections`);
      return ((await answer.json()) as { count: number }).count;
    };
    await until('both streams and the WebSocket are there', async () => (await active()) >= 2);
    const begun = Date.now();
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(Date.now() - begun).toBeLessThan(WAITING_MS);
  });
});

describe('more connections than the process may have', () => {
  it('are closed at once, and neither those that are there nor the log are disturbed', async () => {
    const server = await serve(temporaryDirectory(), { under: 'ulimit -n 300' });
    const room = 300 - 128;
    const opened = await Promise.all(Array.from({ length: 250 }, () => open(server, UPGRADE, { reads: true })));
    const alive = () => opened.filter(socket => !socket.destroyed && socket.readable).length;
    await until('the rest is closed', () => alive() <= room);
    expect(alive()).toBeGreaterThan(room - 10);
    // One that is there has a voice still, and its event is stored.
    const [first] = opened.filter(socket => !socket.destroyed);
    const text =
      '{"type":"workflow_log","data":{"adw_id":"1a2b3c4d","workflow_name":"w","message":"m","level":"INFO","timestamp":"2026-01-01T00:00:00Z"}}';
    first?.write(
      Buffer.concat([Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]), Buffer.from(text)]),
    );
    for (const socket of opened.slice(100)) if (socket !== first) socket.destroy();
    await until('there is room again and the event is in the log', async () => {
      const answer = await fetch(`${server.url}/api/v1/adws/1a2b3c4d`).catch(() => undefined);
      return answer?.status === 200;
    });
    await until('the server is healthy', async () => (await health(server)).status === 'healthy');
  });
});
