import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Context, ratio, type Sample } from '../benchmark.ts';
import { writeTree } from '../data/tree.ts';
import { poster, startSubscribers } from '../load.ts';
import { adwStream, serve } from '../subject/adw-stream.ts';
import { eventText } from '../subject/publish.ts';
import { startSink } from '../subject/sink.ts';

const SUBJECT = 'adw-stream';
const SMALL = 'CPU µs per unit';
const LARGE = 'CPU µs per unit at 10 ×';
const GROWTH = 'ratio';
const BATCH = 100;
const REPLAY_BYTES = { full: 60_000_000, brief: 30_000_000, short: 4_000_000 };
const ADW_EVENTS = { full: 50_000, brief: 20_000, short: 2_000 };

/** What a unit of work costs when there is ten times as much of it. */
export const growth: Benchmark = {
  name: 'growth',
  title: () => 'CPU per unit of work, and with ten times as much of it',
  async *measure(context) {
    for (const [theCase, measure, size] of [
      ['files (replay of 20 and 200, per line)', filesCost, 20],
      ['bytes in one file (per line)', bytesCost, 5],
      ['events of one ADW in the log (per event)', eventsCost, 10_000],
      ['ADWs in the log (per event)', adwsCost, 50],
      ['subscribers (per delivery)', subscribersCost, 50],
    ] as const) {
      const small = context.size === 'short' ? size / 5 : size;
      const once = await measure(context, small);
      const tenfold = await measure(context, small * 10);
      const values = { [SMALL]: once, [LARGE]: tenfold, [GROWTH]: ratio(tenfold, once) ?? Number.NaN };
      yield { case: theCase, subject: SUBJECT, values } satisfies Sample;
    }
  },
  goals: () => [],
};

function filesCost(context: Context, files: number): Promise<number> {
  return replayCost(context, { files, bytes: REPLAY_BYTES[context.size] });
}

function bytesCost(context: Context, megabytes: number): Promise<number> {
  return replayCost(context, { files: 1, bytes: megabytes * 1_000_000 });
}

/** µs per line, without what the start of a process costs. */
async function replayCost({ scratch }: Context, size: { files: number; bytes: number }): Promise<number> {
  const used = async (directory: string, wanted: { files: number; bytes: number }) => {
    const tree = writeTree(directory, wanted);
    const sink = await startSink();
    const state = join(directory, 'state');
    const places = ['--agents-dir', tree.agentsDir, '--state-dir', state];
    const child = adwStream(['replay', tree.adwId, '--server', sink.url, ...places]);
    await child.finished();
    await sink.stop();
    rmSync(directory, { recursive: true });
    return { seconds: child.cpuSeconds(), lines: tree.lines };
  };
  const start = await used(join(scratch, 'start'), { files: 1, bytes: 5_000 });
  const { seconds, lines } = await used(join(scratch, 'tree'), size);
  return ((seconds - start.seconds) / lines) * 1e6;
}

function eventsCost(context: Context, events: number): Promise<number> {
  return ingestCost(context, { events, adwOf: () => 0 });
}

function adwsCost(context: Context, adws: number): Promise<number> {
  return ingestCost(context, { events: ADW_EVENTS[context.size], adwOf: batch => batch % adws });
}

async function ingestCost(
  { scratch }: Context,
  { events, adwOf }: { events: number; adwOf: (batch: number) => number },
): Promise<number> {
  const server = await serve(join(scratch, `log-${Math.random()}`));
  const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
  const cpu = server.cpuSeconds();
  for (let batch = 0; batch < events / BATCH; batch++) await post(bodyOf(adwOf(batch), batch * BATCH));
  const used = server.cpuSeconds() - cpu;
  close();
  await server.stop();
  return (used / events) * 1e6;
}

async function subscribersCost({ scratch, size }: Context, count: number): Promise<number> {
  const events = size === 'short' ? 500 : 5_000;
  const server = await serve(join(scratch, `log-${Math.random()}`));
  const hello = [JSON.stringify({ type: 'subscribe', adw_id: idOf(0), batch: true })];
  const subscribers = await startSubscribers({ port: server.port, count, hello });
  const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
  const cpu = server.cpuSeconds();
  for (let batch = 0; batch < events / BATCH; batch++) await post(bodyOf(0, batch * BATCH));
  await subscribers.until(({ least }) => least === events);
  const used = server.cpuSeconds() - cpu;
  close();
  await subscribers.stop();
  await server.stop();
  return (used / (events * count)) * 1e6;
}

function idOf(adw: number): string {
  return `be9c${String(adw).padStart(4, '0')}`;
}

function bodyOf(adw: number, from: number): string {
  return Array.from({ length: BATCH }, (_, offset) => `${eventText(idOf(adw), 0, from + offset)}\n`).join('');
}
