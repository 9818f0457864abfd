import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startNatsCluster } from '../server/store/jetstream/nats-cluster.ts';
import { hasNatsServer } from '../server/store/jetstream/nats-server.ts';
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
const PATIENCE = { withinMs: 90_000 };

describe.runIf(hasNatsServer())('two servers on a cluster of three nats-servers', () => {
  test('have every line once, and subscribers that see the whole log, while a server and the leader are killed', {
    timeout: 2 * PATIENCE.withinMs,
  }, async () => {
    const cluster = await startNatsCluster();
    onTestFinished(() => cluster.close());
    const ports = [await freePort(), await freePort()];
    const serve = (port: number): Running => {
      const store = ['--store', cluster.urls.join(','), '--store-replicas', '3'];
      return start(['serve', '--port', `${port}`, ...store], { cwd: '/' });
    };
    const servers = ports.map(serve);
    for (const server of servers) await server.says(/https?:\/\/\S+/);
    const urls = ports.map(port => `http://127.0.0.1:${port}`);

    const agents = await temporaryDirectory();
    for (const [index, adwId] of ADWS.entries()) {
      await mkdir(join(agents, adwId, 'planner'), { recursive: true });
      const state = ['--agents-dir', agents, '--state-dir', await temporaryDirectory()];
      start(['watch', adwId, ...state, '--server', urls[index % 2]!]);
    }
    const subscribers = ADWS.map((adwId, index) => subscribe(urls, adwId, index));

    await write(agents, 0, LINES / 3);
    await until('a third is in the log', async () => (await linesOf(urls[1]!, ADWS[1]!)).length >= LINES / 3, PATIENCE);
    servers[0]!.process.kill('SIGKILL');
    await write(agents, LINES / 3, (2 * LINES) / 3);
    serve(ports[0]!);
    const leader = await cluster.leaderOf('adw');
    await cluster.kill(leader);
    await write(agents, (2 * LINES) / 3, LINES);
    await cluster.start(leader);

    for (const [index, adwId] of ADWS.entries()) {
      const file = await readFile(join(agents, adwId, 'planner', 'raw_output.jsonl'), 'utf8');
      const written = file.trimEnd().split('\n');
      for (const url of urls) {
        const whole = async () => (await linesOf(url, adwId)).length >= LINES;
        await until(`${url} has all of ${adwId}`, whole, PATIENCE);
        expect(await linesOf(url, adwId)).toEqual(written);
      }
      const log = (await eventsOf(urls[1]!, adwId)).map(({ seq }) => seq);
      const seen = () => subscribers[index]!.filter(({ seq }) => seq <= log.at(-1)!).map(({ seq }) => seq);
      await until(`a subscriber has seen all of ${adwId}`, () => seen().length >= log.length, PATIENCE);
      expect(seen()).toEqual(log);
    }
  });
});

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
    socket = own;
    own.on('open', () => own.send(JSON.stringify({ type: 'subscribe', adw_id: adwId, after: seen.at(-1)?.seq ?? 0 })));
    own.on('message', frame => {
      const event = JSON.parse(String(frame)) as Event;
      if (typeof event.seq === 'number') seen.push(event);
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

async function eventsOf(url: string, adwId: string): Promise<Event[]> {
  const events: Event[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const answer = await fetch(`${url}/api/v1/adws/${adwId}/events?limit=1000&after=${after}`).catch(() => undefined);
    if (!answer?.ok) return events;
    const page = ((await answer.json()) as { events: Event[] }).events;
    if (page.length === 0) return events;
    events.push(...page);
  }
}

/** The lines of the ADW's file, as the log's raw chunks hold them. */
async function linesOf(url: string, adwId: string): Promise<string[]> {
  const chunks = (await eventsOf(url, adwId)).filter(({ type }) => type === 'agent_output_chunk');
  return chunks.flatMap(({ data }) => String(data.content).split('\n'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
