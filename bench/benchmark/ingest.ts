import { join } from 'node:path';
import { type Benchmark, type Context, ratio, type Sample } from '../benchmark.ts';
import { type Poster, poster } from '../load.ts';
import { serve } from '../subject/adw-stream.ts';
import { broadcasters } from '../subject/broadcasters.ts';
import { type Broadcaster, eventText } from '../subject/publish.ts';

const ADW = 'be9c0001';
const CONNECTIONS = 16;
const BATCH = 250;
/** The part of the events that goes before what is measured: how fast a server gets in, not how fast Node compiles. */
const WARM_PART = 0.1;
const SINGLES = 'single POSTs';
const OURS = 'adw-stream, batches';
const VALUES = { rate: 'events/s', cpu: 'CPU µs/event' };

/** How many events a second get in, each answered when it is durable. */
export const ingest: Benchmark = {
  name: 'ingest',
  title: () => 'events in: 300-byte logs in batches of 250, and 1 KB events as single POSTs',
  ratioOf: VALUES.rate,
  baseline: 'nginx with Nchan',
  async *measure(context) {
    yield await batches(context);
    for (const start of broadcasters(context, [true])) yield await singles(context, await start());
  },
  goals: measured => [
    {
      text: 'durable events a second in batches',
      reached: measured('batches', 'adw-stream', VALUES.rate),
      atLeast: 50_000,
    },
    {
      text: `batches of ${BATCH} events: µs of CPU an event`,
      before: '25',
      reached: measured('batches', 'adw-stream', VALUES.cpu),
      atMost: 14,
    },
    {
      text: 'durable events a second as single POSTs',
      reached: measured(SINGLES, OURS, VALUES.rate),
      atLeast: 5_000,
    },
    {
      text: "single POST over keep-alive: CPU, to naive Node's",
      before: '5',
      reached: ratio(measured(SINGLES, OURS, VALUES.cpu), measured(SINGLES, 'naive Node (ws)', VALUES.cpu)),
      atMost: 2,
    },
  ],
};

/** A log entry, as a sidecar or an ADW client sends many of. */
function logText(publisher: number, number: number): string {
  return `{"type":"workflow_log","data":{"adw_id":"${ADW}","timestamp":"2026-01-01T12:00:00.000Z","workflow_name":"sdlc","level":"INFO","message":"bench ${publisher} ${number}: the tests pass and the list is sorted by date","current_step":"Stage: build"}}`;
}

async function batches({ size, scratch }: Context): Promise<Sample> {
  const total = size === 'short' ? 2_000 : 200_000;
  const server = await serve(join(scratch, 'batches'));
  const posters = await connect(server.port, 4);
  const perPoster = total / posters.length;
  const bodies = posters.map((_, publisher) =>
    Array.from({ length: perPoster / BATCH }, (_, batch) =>
      Buffer.from(
        Array.from({ length: BATCH }, (_, index) => `${logText(publisher, batch * BATCH + index)}\n`).join(''),
      ),
    ),
  );
  const warm = bodies.map(own => Math.ceil(own.length * WARM_PART));
  const post = (part: (own: readonly Buffer[], publisher: number) => readonly Buffer[]) =>
    Promise.all(
      posters.map(async (to, publisher) => {
        for (const body of part(bodies[publisher] ?? [], publisher)) await to.post(body);
      }),
    );
  await post((own, publisher) => own.slice(0, warm[publisher]));
  const cpu = server.cpuSeconds();
  const from = performance.now();
  await post((own, publisher) => own.slice(warm[publisher]));
  const seconds = (performance.now() - from) / 1_000;
  const used = server.cpuSeconds() - cpu;
  const measured = total - warm.reduce((sum, batches) => sum + batches * BATCH, 0);
  await requireOrder(server.url, { publishers: posters.length, perPublisher: perPoster });
  for (const { close } of posters) close();
  await server.stop();
  return {
    case: 'batches',
    subject: 'adw-stream',
    values: { [VALUES.rate]: measured / seconds, [VALUES.cpu]: (used / measured) * 1e6 },
  };
}

async function singles({ size }: Context, server: Broadcaster): Promise<Sample> {
  const each = size === 'short' ? 50 : 2_000;
  const publishers = await Promise.all(Array.from({ length: CONNECTIONS }, () => server.connect()));
  const publish = (first: number, end: number) =>
    Promise.all(
      publishers.map(async (publisher, index) => {
        for (let number = first; number < end; number++) await publisher.publish([eventText(ADW, index, number)]);
      }),
    );
  const warm = Math.ceil(each * WARM_PART);
  await publish(0, warm);
  const cpu = server.cpuSeconds();
  const from = performance.now();
  await publish(warm, each);
  const seconds = (performance.now() - from) / 1_000;
  const used = server.cpuSeconds() - cpu;
  for (const publisher of publishers) publisher.close();
  await server.stop();
  const total = (each - warm) * CONNECTIONS;
  return {
    case: SINGLES,
    subject: server.subject,
    values: { [VALUES.rate]: total / seconds, [VALUES.cpu]: (used / total) * 1e6 },
  };
}

function connect(port: number, count: number): Promise<Poster[]> {
  return Promise.all(Array.from({ length: count }, () => poster({ port, path: '/api/v1/events' })));
}

/** Reads the log: of every publisher every event once, in order. */
async function requireOrder(url: string, expected: { publishers: number; perPublisher: number }): Promise<void> {
  const next = Array.from({ length: expected.publishers }, () => 0);
  for (let after = 0; ; ) {
    const answer = await fetch(`${url}/api/v1/adws/${ADW}/events?after=${after}&limit=1000&type=workflow_log`);
    const { events } = (await answer.json()) as { events: { seq: number; data: { message: string } }[] };
    for (const { data } of events) {
      const [, publisher, number] = /^bench (\d+) (\d+)/.exec(data.message) ?? [];
      if (Number(number) !== next[Number(publisher)]) throw new Error(`${data.message}: ${next} was due`);
      next[Number(publisher)] = Number(number) + 1;
    }
    const last = events.at(-1);
    if (last === undefined) break;
    after = last.seq;
  }
  if (next.some(count => count !== expected.perPublisher)) throw new Error(`the log has ${next} events`);
}
