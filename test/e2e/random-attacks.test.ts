import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { randomFrame, UPGRADE } from '../server/fanout/support/random-frame.ts';
import { spoiltRequest } from '../server/spoilt-request.ts';
import { runServe } from '../support/process.ts';
import { randomNumbers, SEED } from '../support/random.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Requests and frames. `ATTACKS` makes longer runs, `TEST_SEED` other ones. */
const ATTACKS = Number(process.env.ATTACKS ?? 200);
/** Sockets at a time. */
const SOCKETS = 24;
/** What the server may take at any moment, MiB: it begins with some 90. */
const RSS_MIB_MAX = 400;

/** What one socket sends, piece by piece, and how many requests or frames that is. Made when it is sent: some are megabytes. */
interface Attack {
  readonly pieces: () => readonly Buffer[];
  readonly count: number;
}

function post(path: string, type: string, body: Buffer): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

const one = (make: () => Buffer): Attack => ({ pieces: () => [make()], count: 1 });

/** Requests whose heads are well formed: what they carry, and ask for, is not. */
const body: fc.Arbitrary<Attack> = fc.oneof(
  fc
    .tuple(fc.constantFrom('/api/v1/events', '/api/workflow-updates', '/api/agent-log', '/login'), fc.jsonValue())
    .map(([path, value]) => one(() => post(path, 'application/json', Buffer.from(JSON.stringify(value))))),
  fc
    .array(fc.record({ type: fc.constantFrom('agent_log', 'agent_output_chunk', 'x'), data: fc.jsonValue() }))
    .map(events => one(() => post('/api/v1/events', 'application/json', Buffer.from(JSON.stringify(events))))),
  fc
    .nat(8_000_000)
    .map(length => one(() => post('/api/v1/events', 'application/x-ndjson', Buffer.alloc(length, '[{"a":')))),
  fc.nat(3_000_000).map(length => {
    const head = `PUT /api/v1/adws/1a2b3c4d/artifacts/a/b.bin HTTP/1.1\r\nHost: localhost\r\nDigest: sha-256=AAAA\r\n`;
    return one(() => Buffer.concat([Buffer.from(`${head}Content-Length: ${length}\r\n\r\n`), Buffer.alloc(length)]));
  }),
  fc.string({ maxLength: 300 }).map(words => {
    const path = `/api/v1/adws/1a2b3c4d/events?q=${encodeURIComponent(words)}`;
    return one(() => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
  }),
  fc.constant(one(() => Buffer.from('GET /api/v1/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n'))),
);

const frames = fc
  .array(randomFrame, { minLength: 4, maxLength: 12 })
  .map(sent => ({ pieces: () => [Buffer.from(UPGRADE), ...sent], count: sent.length }));

/** Sends the pieces one after the other, whatever comes back, and hangs up. */
async function attack({ pieces }: Attack, port: number, isPatient: boolean): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  if (isPatient) socket.resume();
  for (const piece of pieces())
    if (!socket.destroyed && !socket.write(piece)) await Promise.race([once(socket, 'drain'), closed]);
  socket.end();
  setTimeout(() => socket.destroy(), 100);
  await closed;
}

test(`${ATTACKS} random requests and frames leave the server well, and take no more than ${RSS_MIB_MAX} MiB (seed ${SEED})`, async () => {
  const server = await runServe(temporaryDirectory(), { args: ['-q', '--rate-limit', '100000000'] });
  onTestFinished(() => void server.stop('SIGKILL'));
  const { port } = new URL(server.url);
  const random = randomNumbers();
  const others = fc.sample(fc.oneof(body, frames), ATTACKS).values();
  let done = 0;
  let rssMax = 0;
  const watch = setInterval(() => {
    rssMax = Math.max(rssMax, rssMib(server.child.pid));
  }, 20);
  const attackOn = async () => {
    while (done < ATTACKS) {
      const isSpoilt = random() < 0.4;
      const next = isSpoilt ? one(() => spoiltRequest(random, Number(port))) : (others.next().value as Attack);
      done += next.count;
      await attack(next, Number(port), random() < 0.5);
    }
  };
  await Promise.all(Array.from({ length: SOCKETS }, attackOn));
  clearInterval(watch);
  console.log(`${done} random requests and frames: at most ${rssMax} MiB`);
  expect(rssMax).toBeLessThan(RSS_MIB_MAX);
  // On a busy machine a commit may have taken so long that the disk counts as slow until the next probe.
  const health = async () => (await fetch(`${server.url}/health`)).json();
  await expect.poll(health).toMatchObject({ status: 'healthy' });
  const events = [{ type: 'agent_log', data: { adw_id: '1a2b3c4d', message: 'still here', level: 'INFO' } }];
  const headers = { 'content-type': 'application/json' };
  const posted = await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  expect(await posted.json()).toMatchObject({ accepted: 1 });
  await until('no connection is left', async () => {
    const health = (await (await fetch(`${server.url}/health`)).json()) as { active_connections: number };
    return health.active_connections === 0;
  });
}, 600_000);

/** Resident memory of a process by proc(5), MiB. */
function rssMib(pid: number | undefined): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}
