import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replayRejected } from '../../../src/sidecar/replay/rejected.ts';
import { verifyAdw } from '../../../src/sidecar/replay/verify.ts';
import { serverForTest } from '../../server/running.ts';
import { killNatsServerIn, natsServerIn } from '../../server/store/jetstream/nats-server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { ID, makeBed, note, readLog } from '../bed.ts';
import { startScriptedServer } from '../deliver/scripted-server.ts';

const letter = (reason: string, type: string, data: object) =>
  `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', reason, event: { type, data: { adw_id: ID, event_id: reason, ...data } } })}\n`;

function bedWithLetters(server: string, ...letters: readonly string[]) {
  const bed = makeBed(server);
  mkdirSync(bed.stateDir, { recursive: true });
  const path = join(bed.stateDir, `${ID}.rejected.ndjson`);
  appendFileSync(path, letters.join(''));
  const { adwId, stateDir, timeoutMs, signal, log } = bed.options();
  return { path, options: { adwId, server, stateDir, timeoutMs, signal, log } };
}

const LOG = { message: 'm', level: 'INFO' };

describe('dead letters', () => {
  it('are sent again, by reason; those that are taken leave the file, the others stay', async () => {
    const server = await serverForTest();
    const source = { path: 'p', fingerprint: 'f', offset: 500, length: 10 };
    const { path, options } = bedWithLetters(
      server.url,
      letter('413: too large', 'agent_log', LOG),
      letter('413: too large, twice', 'agent_output_chunk', { agent_role: 'r', content: 'raw', source }),
      letter('400: another', 'agent_log', LOG),
    );
    expect(await replayRejected({ ...options, reason: '413' })).toEqual({ sent: 2, delivered: 2, kept: 1 });
    expect(readFileSync(path, 'utf8')).toBe(letter('400: another', 'agent_log', LOG));
    expect(await replayRejected(options)).toEqual({ sent: 1, delivered: 1, kept: 0 });
    expect(readdirSync(options.stateDir)).toEqual([]);
    const types = (await readLog(server.url)).map(({ type }) => type).filter(type => type !== 'adw_status');
    expect(types).toEqual(['agent_log', 'agent_output_chunk', 'agent_log']);
  });

  it('that cannot be read stay, and so do those that a watch adds meanwhile and those of a replay that was killed', async () => {
    const added = letter('added', 'agent_log', LOG);
    const { url } = await startScriptedServer(({ path: route, body }) => {
      if (route === '/health') return { status: 200, body: { adw_stream: { api: 'v1', epoch: 'e' } } };
      // A batch of no events shows that it does not refuse everything.
      if (body === '') return { status: 200 };
      appendFileSync(path, added);
      return { status: 422, body: { error: 'still too odd', code: 'invalid_event' } };
    });
    const { path, options } = bedWithLetters(url, letter('odd', 'agent_log', LOG), 'of a newer version\n');
    const killed = letter('of a killed replay', 'agent_log', LOG);
    appendFileSync(`${path}.sending`, killed);
    expect(await replayRejected({ ...options, reason: 'odd' })).toEqual({ sent: 1, delivered: 0, kept: 2 });
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const again = letter('odd', 'agent_log', LOG).replace('"reason":"odd"', '"reason":"422: still too odd"');
    expect(lines.sort()).toEqual([added, again, killed, 'of a newer version\n'].map(line => line.trim()).sort());
  });

  it('all stay where no server is', async () => {
    const { path, options } = bedWithLetters('http://127.0.0.1:9', letter('odd', 'agent_log', LOG));
    await expect(replayRejected({ ...options, timeoutMs: 10 })).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(readFileSync(path, 'utf8')).toBe(letter('odd', 'agent_log', LOG));
    expect(readdirSync(options.stateDir)).toEqual([`${ID}.rejected.ndjson`]);
  });
});

/** What stands before a server and refuses some of its requests as too large. */
async function startProxy(
  target: string,
  isRefused: (method: string | undefined, body: Buffer) => boolean,
): Promise<string> {
  const proxy = createServer(async (request, response) => {
    const body = await buffer(request);
    if (isRefused(request.method, body)) return response.writeHead(413).end('<h1>413 Request Entity Too Large</h1>');
    const { method = 'GET', url = '', headers } = request;
    const answer = await fetch(target + url, {
      method,
      headers: { 'content-type': headers['content-type'] ?? '' },
      ...(method === 'GET' ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

it('an artifact that is refused is missed by verify, kept with its bytes, and sent again', async () => {
  const server = await serverForTest();
  const bed = makeBed(await startProxy(server.url, method => method === 'PUT'));
  bed.write(bed.stream('planner'), `${note('short')}\n${note('long'.repeat(100_000))}\n`);
  expect(await bed.replay()).toMatchObject({ lines: 2, rejected: 1 });
  const { adwId, stateDir, timeoutMs, signal, log } = bed.options();
  const verify = () => verifyAdw({ ...bed.options(), server: server.url });
  const differences = async () => (await verify()).files.map(({ difference }) => difference?.what);
  expect(await differences()).toEqual([expect.stringMatching(/^lines\/.*is not stored$/)]);
  expect((await readLog(server.url)).map(({ type }) => type)).not.toContain('artifact');
  const options = { adwId, server: server.url, stateDir, timeoutMs, signal, log };
  expect(await replayRejected(options)).toEqual({ sent: 1, delivered: 1, kept: 0 });
  expect(await differences()).toEqual([undefined]);
  const [artifact] = await readLog(server.url, '&type=artifact');
  const stored = await fetch(`${server.url}${artifact?.data.url}`);
  expect(await stored.text()).toBe(note('long'.repeat(100_000)));
});

it.each(['SQLite', 'JetStream'])(
  'a line that is refused is in the log of %s, whole, when it was sent again',
  async kind => {
    const place = temporaryDirectory();
    const server = await serverForTest(kind === 'SQLite' ? {} : { store: (await natsServerIn(place)).url });
    if (kind === 'JetStream') onTestFinished(() => killNatsServerIn(place));
    const bed = makeBed(await startProxy(server.url, (_method, body) => body.includes('forbidden')));
    bed.write(bed.stream('planner'), ['before', 'forbidden', 'after'].map(word => `${note(word)}\n`).join(''));
    expect(await bed.replay()).toMatchObject({ lines: 3 });
    const chunks = async () => (await readLog(server.url, '&type=agent_output_chunk')).map(({ data }) => data.content);
    expect(await chunks()).toEqual(['']);
    const { adwId, stateDir, timeoutMs, signal, log } = bed.options();
    const sent = await replayRejected({ adwId, server: server.url, stateDir, timeoutMs, signal, log });
    expect(sent.kept).toBe(0);
    expect(await chunks()).toEqual(['', expect.stringContaining(note('forbidden'))]);
  },
);
