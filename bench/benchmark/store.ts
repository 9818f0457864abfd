import { join } from 'node:path';
import { type Benchmark, type Context, perRound, quantile, type Sample } from '../benchmark.ts';
import { poster } from '../load.ts';
import { type Server, serve } from '../subject/adw-stream.ts';

const EVENTS = { full: 5_000_000, brief: 500_000, short: 2_000 };
/** The same log with a hundredth of it: what a start costs anyway. */
const FEW = 'a hundredth of it';
const MANY = 'all of it';
/** ADWs that they are of. */
const ADWS = { full: 1_000, brief: 1_000, short: 200 };
const BATCH = 1_000;
const CONNECTIONS = 4;
const WORDS =
  'the list is sorted by date newest first and tests of cart checkout and address pass in every browser'.split(' ');
const SUBJECT = 'adw-stream';
const VALUES = {
  open: 'start to answer, ms',
  index: 'index of one ADW, ms',
  page: 'page of 200, ms',
  rare: 'search, 1 hit, ms',
  common: 'search, one ADW, ms',
  disk: 'bytes/event',
  memory: 'MB',
};

/** A large log: opening it, and reading one ADW of many. A filled one is kept in $BENCH_STORE_DIR when that is set. */
export const store: Benchmark = {
  name: 'store',
  title: size =>
    `${EVENTS[size].toLocaleString('en-US')} events of ${ADWS[size].toLocaleString('en-US')} ADWs in the log, and a hundredth of them`,
  async *measure(context) {
    const events = EVENTS[context.size];
    if (context.size !== 'short') yield await measureOne(context, FEW, events / 100);
    yield await measureOne(context, MANY, events);
  },
  goals(measured) {
    const of = (value: string, theCase = MANY) => measured(theCase, SUBJECT, value);
    const added = perRound((many, few) => many - few, of(VALUES.open), of(VALUES.open, FEW));
    return [
      { text: 'ms that opening all adds to a start', reached: added, atMost: 1_000 },
      { text: 'index of one ADW, ms', reached: of(VALUES.index), atMost: 50 },
      { text: 'search for a word that one event has, ms', reached: of(VALUES.rare), atMost: 200 },
      { text: 'search in one ADW for a word that all have, ms', reached: of(VALUES.common), atMost: 200 },
    ];
  },
};

async function measureOne({ scratch, size }: Context, theCase: string, events: number): Promise<Sample> {
  const adws = ADWS[size];
  const dataDir = join(process.env.BENCH_STORE_DIR ?? scratch, `log-${events}`);
  const filling = await serve(dataDir);
  await fill(filling, { adws, events });
  await filling.stop();
  const from = performance.now();
  const server = await serve(dataDir);
  const [adw] = (await read(`${server.url}/api/v1/adws`)) as [unknown];
  const open = performance.now() - from;
  if (adw === undefined) throw new Error('the log is empty');
  const one = `${server.url}/api/v1/adws/${idOf(adws / 2)}`;
  const ofIndex = await timed(`${one}/index`);
  const page = await timed(`${one}/events`);
  const rare = await timed(`${one}/events?q=${needle(adws / 2)}`);
  const common = await timed(`${one}/events?q=sorted`);
  for (const [what, { events: found }, count] of [
    ['the rare word', rare.answer, 1],
    ['the common word', common.answer, Math.min(200, events / adws)],
  ] as const) {
    if (found?.length !== count) throw new Error(`${what} was found ${found?.length} times, not ${count}`);
  }
  const health = (await (await fetch(`${server.url}/metrics`)).text()).match(/^adw_stream_store_bytes (\S+)/m);
  const memory = server.memoryMB().now;
  await server.stop();
  return {
    case: theCase,
    subject: SUBJECT,
    values: {
      [VALUES.open]: open,
      [VALUES.index]: ofIndex.ms,
      [VALUES.page]: page.ms,
      [VALUES.rare]: rare.ms,
      [VALUES.common]: common.ms,
      ...(health ? { [VALUES.disk]: Number(health[1]) / events } : {}),
      [VALUES.memory]: memory,
    },
  };
}

function idOf(adw: number): string {
  return `be9c${String(adw).padStart(4, '0')}`;
}

/** A word that only one event of an ADW has. */
function needle(adw: number): string {
  return `needle${adw}`;
}

/** Fills the log, unless that was done before. The events of an ADW lie together, as those of a workflow do. */
async function fill({ url, port }: Server, { adws, events }: { adws: number; events: number }): Promise<void> {
  const { length } = (await read(`${url}/api/v1/adws`)) as unknown[];
  if (length >= adws) return;
  const each = events / adws;
  const posters = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => poster({ port, path: '/api/v1/events' })),
  );
  let next = 0;
  await Promise.all(
    posters.map(async ({ post, close }) => {
      while (next < adws) {
        const adw = next++;
        for (let from = 0; from < each; from += BATCH) await post(batch(adw, from, Math.min(each, from + BATCH)));
      }
      close();
    }),
  );
}

function batch(adw: number, from: number, to: number): string {
  let lines = '';
  for (let number = from; number < to; number++) {
    const time = new Date(1_767_225_600_000 + adw * 3_600_000 + number * 500).toISOString();
    const words = Array.from({ length: 12 }, (_, index) => WORDS[(adw * 7 + number * 13 + index * 5) % WORDS.length]);
    const message = `${number} sorted ${words.join(' ')}${number === 0 ? ` ${needle(adw)}` : ''}`;
    lines += `{"type":"workflow_log","data":{"adw_id":"${idOf(adw)}","timestamp":"${time}","workflow_name":"sdlc","level":"INFO","message":"${message}","phase":"build","agent_role":"sdlc_implementor"}}\n`;
  }
  return lines;
}

async function read(url: string): Promise<unknown> {
  const body = (await (await fetch(url)).json()) as { adws?: unknown };
  return body.adws ?? body;
}

async function timed(url: string): Promise<{ ms: number; answer: { events?: readonly unknown[] } }> {
  const times: number[] = [];
  let answer = {};
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    answer = (await (await fetch(url)).json()) as object;
    times.push(performance.now() - from);
  }
  return { ms: quantile(times, 0.5), answer };
}
