import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type NatsCluster, startNatsCluster } from '../server/store/jetstream/nats-cluster.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { type Running, start, temporaryDirectory } from './processes.ts';

interface Event {
  readonly type: string;
  readonly seq: number;
  readonly epoch: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const ADWS = ['cluster0', 'cluster1', 'cluster2', 'cluster3'];
const LINES = 240;
const PATIENCE = { withinMs: 180_000 };

describe('two servers on a cluster of three nats-servers', () => {
  let cluster: NatsCluster;
  beforeAll(async () => {
    cluster = await startNatsCluster();
  }, PATIENCE.withinMs);
  afterAll(() => cluster.close(), PATIENCE.withinMs);

  test('have every line once, and subscribers that see the whole log, while a server and the leader are killed and cut off', {
    timeout: 4 * PATIENCE.withinMs,
  }, async () => {
    const { servers, serve, urls } = await startTwoServers(cluster, 'losses');
    const agents = await temporaryDirectory();
    await startSidecars(agents, urls);
    const subscribers = ADWS.map((adwId, index) => subscribe(urls, adwId, index));
    const part = LINES / 4;

    await write(agents, 0, part);
    await untilInLog(urls[1]!, part);
    servers[0]!.process.kill('SIGKILL');
    await servers[0]!.finished;
    await write(agents, part, 2 * part);
    serve(0);
    await cluster.untilComplete('losses');
    const killed = await cluster.leaderOf('losses');
    await cluster.kill(killed);
    await write(agents, 2 * part, 3 * part);
    await untilInLog(urls[1]!, 3 * part);
    await cluster.start(killed);
    await cluster.untilComplete('losses');
    const cutOff = await cluster.leaderOf('losses');
    cluster.isolate(cutOff);
    await write(agents, 3 * part, LINES);
    for (const url of urls) await untilInLog(url, LINES);
    cluster.rejoin(cutOff);

    for (const [index, adwId] of ADWS.entries()) {
      const file = await readFile(join(agents, adwId, 'planner', 'raw_output.jsonl'), 'utf8');
      for (const url of urls) expect(await linesOf(url, adwId)).toEqual(file.trimEnd().split('\n'));
      const log = (await eventsOf(urls[1]!, adwId)).map(({ seq }) => seq);
      const seen = () => subscribers[index]!.filter(({ seq }) => seq <= log.at(-1)!).map(({ seq }) => seq);
      await until(`a subscriber has seen all of ${adwId}`, () => seen().length >= log.length, PATIENCE);
      expect(seen()).toEqual(log);
    }
    await cluster.untilComplete('losses');
  });

  test('without a quorum refuse with 503 and a time, say so, go on reading, and recover by themselves', {
    timeout: 4 * PATIENCE.withinMs,
  }, async () => {
    const { urls } = await startTwoServers(cluster, 'quorum');
    const url = urls[0]!;
    const agents = await temporaryDirectory();
    await startSidecars(agents, urls);
    await write(agents, 0, 8);
    for (const each of urls) await untilInLog(each, 8);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
    onTestFinished(() => socket.terminate());
    let closed = 'not';
    socket.on('close', (code, reason) => {
      closed = `${code} ${reason}`;
    });

    await cluster.kill(0);
    await cluster.kill(1);
    await write(agents, 8, 16);
    await until('it says that it is degraded', async () => (await healthOf(url)).status === 'degraded', PATIENCE);
    const refusal = await fetch(`${url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: JSON.stringify({ type: 'agent_log', data: { adw_id: ADWS[0], message: 'hello', level: 'INFO' } }),
    });
    expect([refusal.status, await refusal.json()]).toMatchObject([503, { code: 'store_unavailable' }]);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await linesOf(url, ADWS[0]!)).length).toBe(8);
    expect((await fetch(`${url}/api/v1/adws`)).status).toBe(200);
    expect(closed).toBe('not');

    await cluster.start(0);
    await cluster.start(1);
    for (const each of urls) {
      await until('it is healthy', async () => (await healthOf(each)).status === 'healthy', PATIENCE);
      await untilInLog(each, 16);
    }
    await cluster.untilComplete('quorum');
    // One that was started again leads from now on, and tells another time of the stream's making: it is the same log.
    await cluster.kill(2);
    await write(agents, 16, 24);
    for (const each of urls) {
      await untilInLog(each, 24);
      await until('it is healthy', async () => (await healthOf(each)).status === 'healthy', PATIENCE);
      for (const adwId of ADWS) expect((await linesOf(each, adwId)).length).toBe(24);
    }
    expect(closed).toBe('not');
  });
});

/** Two servers on a log of their own, where they listen, and how one of them is started again. */
async function startTwoServers(cluster: NatsCluster, stream: string) {
  const ports = [await freePort(), await freePort()];
  const serve = (index: number): Running => {
    const store = ['--store', cluster.urls.join(','), '--store-replicas', '3', '--store-stream', stream];
    const server = start(['serve', '--port', `${ports[index]}`, ...store], { cwd: '/' });
    onTestFailed(() => console.error(`server ${index} said:\n${server.stderr()}`));
    return server;
  };
  const servers = ports.map((_, index) => serve(index));
  for (const server of servers) await server.says(/https?:\/\/\S+/);
  return { servers, serve, urls: ports.map(port => `http://127.0.0.1:${port}`) };
}

/** A sidecar for every ADW, half of them at each server. */
async function startSidecars(agents: string, urls: readonly string[]): Promise<void> {
  for (const [index, adwId] of ADWS.entries()) {
    await mkdir(join(agents, adwId, 'planner'), { recursive: true });
    const state = ['--agents-dir', agents, '--state-dir', await temporaryDirectory()];
    start(['watch', adwId, ...state, '--server', urls[index % 2]!]);
  }
}

/** Waits until a server reads at least `lines` lines of every ADW. */
async function untilInLog(url: string, lines: number): Promise<void> {
  for (const adwId of ADWS) {
    await until(
      `${url} has ${lines} lines of ${adwId}`,
      async () => (await linesOf(url, adwId)).length >= lines,
      // Each check reads the whole log, on the processor that the servers elect on.
      { ...PATIENCE, everyMs: 250 },
    );
  }
}

async function healthOf(url: string): Promise<{ readonly status: string }> {
  return (await (await fetch(`${url}/health`)).json()) as { status: string };
}

/** Adds lines `from` to `to` to the file of every ADW, some at a time, as agents do. */
async function write(agents: string, from: number, to: number): Promise<void> {
  for (let line = from; line < to; line += 4) {
    for (const adwId of ADWS) {
      const lines = Array.from({ length: 4 }, (_, index) => {
        const content = [{ type: 'text', text: `${adwId} says ${line + index}` }];
        return `${JSON.stringify({ type: 'assistant', message: { role: 'assistant', content } })}\n`;
      });
      await appendFile(join(agents, adwId, 'planner', 'raw_output.jsonl'), lines.join(''));
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Follows an ADW from the beginning; when its server dies it goes on at the other one, from where it was. */
function subscribe(urls: readonly string[], adwId: string, first: number): Event[] {
  const seen: Event[] = [];
  let ended = false;
  let socket: WebSocket | undefined;
  const connect = (attempt: number): void => {
    if (ended) return;
    const own = new WebSocket(`${urls[attempt % urls.length]!.replace('http', 'ws')}/ws`);
    let subscribed = false;
    socket = own;
    own.on('open', () => own.send(JSON.stringify({ type: 'subscribe', adw_id: adwId, after: seen.at(-1)?.seq ?? 0 })));
    own.on('message', frame => {
      const event = JSON.parse(String(frame)) as Event;
      // Until its subscription takes effect, a WebSocket is sent what comes of every ADW, this one too: the subscription tells it again.
      subscribed ||= event.type === 'subscription_ack';
      if (subscribed && typeof event.seq === 'number' && event.data.adw_id === adwId) seen.push(event);
    });
    own.on('error', () => undefined);
    own.on('close', () => setTimeout(connect, 50, attempt + 1));
  };
  connect(first);
  onTestFinished(() => {
    ended = true;
    socket?.terminate();
  });
  return seen;
}

/** Every event of the ADW, asked for until the server answers well. */
async function eventsOf(url: string, adwId: string): Promise<Event[]> {
  const events: Event[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const page = await pageOf(`${url}/api/v1/adws/${adwId}/events?limit=1000&after=${after}`);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

async function pageOf(url: string): Promise<Event[]> {
  const giveUpAt = Date.now() + PATIENCE.withinMs;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch((error: unknown) => error);
    if (answer instanceof Response && answer.ok) return ((await answer.json()) as { events: Event[] }).events;
    const why = answer instanceof Response ? `${answer.status} ${await answer.text()}` : String(answer);
    if (Date.now() > giveUpAt) throw new Error(`${url} answers ${why}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** The lines of the ADW's file, as the log's raw chunks hold them. */
async function linesOf(url: string, adwId: string): Promise<string[]> {
  const chunks = (await eventsOf(url, adwId)).filter(({ type }) => type === 'agent_output_chunk');
  return chunks.flatMap(({ data }) => String(data.content).split('\n'));
}
