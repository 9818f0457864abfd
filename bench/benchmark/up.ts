import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Context, LOST_MS, quantile, ratio, requireNoFaults, type Sample } from '../benchmark.ts';
import { CORE } from '../child.ts';
import { appendEvery, markedLines } from '../data/append.ts';
import { type Run, type Runs, streamPath, writeRuns } from '../data/tree.ts';
import { startSubscribers } from '../load.ts';
import { adwStream, type Server, serve, up } from '../subject/adw-stream.ts';
import { requireWhole } from '../subject/log.ts';
import { naiveReplay, startSink } from '../subject/sink.ts';

const MB = 1_000_000;
/** What is taken in; lines that the live ADW has before, and ms between two of its lines. */
const AMOUNTS = {
  full: { bytes: 500 * MB, count: 87, warm: 100, everyMs: 20 },
  brief: { bytes: 100 * MB, count: 87, warm: 50, everyMs: 20 },
  short: { bytes: 1 * MB, count: 5, warm: 5, everyMs: 5 },
};
const ALL = 'all of it';
const BESIDE = 'beside an ADW that runs';
const UP = 'adw-stream up';
const BOTH = 'adw-stream serve and watch';
const NAIVE = 'naive Node, not parsed';
const LIVE_ADW = 'be9c11fe';
const POLL_MS = 50;
const VALUES = {
  rate: 'MB/s',
  cpu: 'CPU µs/line',
  memory: 'peak MB',
  median: 'live median ms',
  p99: 'live p99 ms',
  worst: 'live slowest ms',
};

/** What it takes `up` to make the runs of a project durable and searchable, and how long a line of one more has to wait meanwhile. */
export const upBenchmark: Benchmark = {
  name: 'up',
  title: size => `${AMOUNTS[size].bytes / MB} MB in ${AMOUNTS[size].count} runs, until all is durable and searchable`,
  async *measure(context) {
    const { bytes, count } = AMOUNTS[context.size];
    const tree = writeRuns(context.scratch, { count, bytes });
    if (context.size !== 'short') {
      yield await naive(tree);
      yield await takeIn(context, tree, UP);
      yield await takeIn(context, tree, BOTH);
    }
    yield await besideLive(context, tree);
  },
  goals: measured => [
    {
      text: "up: CPU a line, to naive Node's",
      before: 'about 6',
      reached: ratio(measured(ALL, UP, VALUES.cpu), measured(ALL, NAIVE, VALUES.cpu)),
      atMost: 3,
    },
    { text: 'up: peak memory, MB', before: '313 to 372', reached: measured(ALL, UP, VALUES.memory), atMost: 200 },
    {
      text: 'serve and watch on two cores: MB/s',
      before: '9.4',
      reached: measured(ALL, BOTH, VALUES.rate),
      atLeast: 18,
    },
    {
      text: 'up: a line of a running ADW meanwhile, to WebSocket: p99, ms',
      before: '139 at the most',
      reached: measured(BESIDE, UP, VALUES.p99),
      atMost: 40,
    },
  ],
};

async function naive(tree: Runs): Promise<Sample> {
  const sink = await startSink();
  const from = performance.now();
  const child = naiveReplay(tree.agentsDir, sink.url);
  await child.finished();
  const seconds = (performance.now() - from) / 1_000;
  const { lines, faults } = await sink.report();
  await sink.stop();
  requireNoFaults(NAIVE, faults);
  if (lines !== tree.lines) throw new Error(`${NAIVE}: ${lines} lines of ${tree.lines}`);
  return {
    case: ALL,
    subject: NAIVE,
    values: costs(tree, { seconds, cpu: child.cpuSeconds(), memory: child.memoryMB().peak }),
  };
}

/** The runs are there when the programs start. */
async function takeIn({ scratch }: Context, tree: Runs, subject: typeof UP | typeof BOTH): Promise<Sample> {
  const [dataDir, stateDir] = [join(scratch, 'log'), join(scratch, 'state')];
  const { agentsDir } = tree;
  const from = performance.now();
  const server = await (subject === UP ? up(dataDir, { agentsDir, stateDir }) : serve(dataDir));
  const places = ['--agents-dir', agentsDir, '--state-dir', stateDir];
  const watcher =
    subject === UP
      ? undefined
      : adwStream(['watch', '--all', '--quiet', '--server', server.url, ...places], { core: CORE.load });
  await searchable(server, tree.runs);
  const seconds = (performance.now() - from) / 1_000;
  const cpu = server.cpuSeconds() + (watcher?.cpuSeconds() ?? 0);
  const memory = server.memoryMB().peak + (watcher?.memoryMB().peak ?? 0);
  await watcher?.stop();
  await requireWhole(server.url, idsOf(tree), tree.lines);
  await server.stop();
  for (const path of [dataDir, stateDir]) rmSync(path, { recursive: true });
  return { case: ALL, subject, values: costs(tree, { seconds, cpu, memory }) };
}

/** The runs come while `up` watches one that is written to all the time. */
async function besideLive({ scratch, size }: Context, tree: Runs): Promise<Sample> {
  const { warm, everyMs } = AMOUNTS[size];
  const places = { agentsDir: join(scratch, 'live', 'agents'), stateDir: join(scratch, 'state') };
  mkdirSync(places.agentsDir, { recursive: true });
  const active = streamPath({ agentsDir: places.agentsDir, adwId: LIVE_ADW }, 0);
  const server = await up(join(scratch, 'log'), places);
  const hello = [JSON.stringify({ type: 'subscribe', adw_id: LIVE_ADW, types: ['text_block'] })];
  const subscribers = await startSubscribers({ port: server.port, count: 1, hello, timed: 1 });
  const next = markedLines();
  await appendEvery(active, warm, { everyMs, next });
  await subscribers.until(({ deliveries }) => deliveries === warm);
  await subscribers.report();
  for (const { adwId } of tree.runs) renameSync(join(tree.agentsDir, adwId), join(places.agentsDir, adwId));
  const taken = new AbortController();
  const appending = appendEvery(active, Number.POSITIVE_INFINITY, { everyMs, next, signal: taken.signal });
  await searchable(server, tree.runs).finally(() => taken.abort());
  const appended = await appending;
  const memory = server.memoryMB().peak;
  await subscribers.until(({ deliveries }) => deliveries === warm + appended);
  const { latencies } = await subscribers.report();
  await subscribers.stop();
  await requireWhole(server.url, idsOf(tree), tree.lines);
  await server.stop();
  return {
    case: BESIDE,
    subject: UP,
    values: {
      [VALUES.memory]: memory,
      [VALUES.median]: quantile(latencies, 0.5),
      [VALUES.p99]: quantile(latencies, 0.99),
      [VALUES.worst]: Math.max(...latencies),
    },
  };
}

function idsOf({ runs }: Runs): string[] {
  return runs.map(({ adwId }) => adwId);
}

function costs({ lines, bytes }: Runs, used: { seconds: number; cpu: number; memory: number }): Record<string, number> {
  return {
    [VALUES.rate]: bytes / MB / used.seconds,
    [VALUES.cpu]: (used.cpu / lines) * 1e6,
    [VALUES.memory]: used.memory,
  };
}

/** Resolves when the log holds every line of the runs, and a search in each finds the word of its last one. */
async function searchable({ url }: Server, runs: readonly Run[]): Promise<void> {
  for (const { adwId, lines, word } of runs) {
    const adw = `${url}/api/v1/adws/${adwId}`;
    await reach(adwId, lines, async () => {
      const { files } = await read<{ files: { lines: number }[] }>(`${adw}/positions`);
      return files.reduce((sum, file) => sum + file.lines, 0);
    });
    await reach(`${adwId}, found`, 1, async () => {
      const { events } = await read<{ events: unknown[] }>(`${adw}/events?type=text_block&limit=2&q=${word}`);
      return events.length;
    });
  }
}

/** Polls until a count is as expected. @throws when it no longer grows, or has grown too far */
async function reach(what: string, expected: number, count: () => Promise<number>): Promise<void> {
  for (let [before, since] = [-1, 0]; ; ) {
    const now = await count();
    if (now === expected) return;
    if (now > expected) throw new Error(`${what}: ${now}, not ${expected}`);
    if (now > before) [before, since] = [now, performance.now()];
    else if (performance.now() - since > LOST_MS) throw new Error(`${what}: ${now} of ${expected}`);
    await sleep(POLL_MS);
  }
}

async function read<Body>(url: string): Promise<Body> {
  return (await (await fetch(url)).json()) as Body;
}
