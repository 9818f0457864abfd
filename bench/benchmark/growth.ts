import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Context, requireNoFaults, type Sample } from '../benchmark.ts';
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
const ADW_EVENTS = { full: 50_000, brief: 20_000, short: 1_000 };

/** What a unit of work costs when there is ten times as much of it. */
export const growth: Benchmark = {
  name: 'growth',
  title: () => 'CPU per unit of work, and with ten times as much of it',
  async *measure(context) {
    // Whether all arrives takes no comparison, and files and the events of one ADW are what `replay` and `ingest` look at.
    const alone = context.size === 'short';
    const alike = [
      ['files (replay of 20 and 200, per line)', filesCost, 20],
      ['bytes in one file (per line)', bytesCost, 5],
      ['events of one ADW in the log (per event)', eventsCost, 10_000],
    ] as const;
    const others = [
      ['ADWs in the log (per event)', adwsCost, 50],
      ['subscribers (per delivery)', subscribersCost, 50],
    ] as const;
    for (const [theCase, measure, size] of alone ? others : [...alike, ...others]) {
      const once = alone ? Number.NaN : await measure(context, size);
      const tenfold = await measure(context, alone ? size : size * 10);
      const values = { [SMALL]: once, [LARGE]: tenfold, [GROWTH]: tenfold / once };
      yield { case: theCase, subject: SUBJECT, values } satisfies Sample;
    }
  },
  goals: () => [],
};

function filesCost(context: Context, files: number): Promise<number> {
  return replayCost(context, { files, bytes: context.size === 'full' ? 60_000_000 : 30_000_000 });
}

function bytesCost(context: Context, megabytes: number): Promise<number> {
  return replayCost(context, { files: 1, bytes: megabytes * 1_000_000 });
}

/** µs per line, without what the start of a process costs. */
async function replayCost({ scratch }: Context, amount: { files: number; bytes: number }): Promise<number> {
  const used = async (directory: string, wanted: { files: number; bytes: number }) => {
    const tree = writeTree(directory, wanted);
    const sink = await startSink();
    const state = join(directory, 'state');
    const places = ['--agents-dir', tree.agentsDir, '--state-dir', state];
    const child = adwStream(['replay', tree.adwId, '--server', sink.url, ...places]);
    await child.finished();
    const { lines, faults } = await sink.report();
    await sink.stop();
    rmSync(directory, { recursive: true });
    requireNoFaults(`${wanted.files} files`, faults);
    if (lines !== tree.lines) throw new Error(`${wanted.files} files: ${lines} lines of ${tree.lines}`);
    return { seconds: child.cpuSeconds(), lines };
  };
  const { seconds: started } = await used(join(scratch, 'start'), { files: 1, bytes: 5_000 });
  const { seconds, lines } = await used(join(scratch, 'tree'), amount);
  return ((seconds - started) / lines) * 1e6;
}

function eventsCost(context: Context, events: number): Promise<number> {
  return ingestCost(context, { events, adws: 1 });
}

function adwsCost(context: Context, adws: number): Promise<number> {
  return ingestCost(context, { events: ADW_EVENTS[context.size], adws });
}

async function ingestCost({ scratch }: Context, { events, adws }: { events: number; adws: number }): Promise<number> {
  const server = await serve(join(scratch, `log-${Math.random()}`));
  const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
  const cpu = server.cpuSeconds();
  for (let batch = 0; batch < events / BATCH; batch++) await post(bodyOf(batch % adws, batch * BATCH));
  const used = server.cpuSeconds() - cpu;
  close();
  await requireLog(server.url, { events, adws });
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

/** Reads the log back: it has every event once, and those of an ADW in the order in which they were sent. */
async function requireLog(url: string, { events, adws }: { events: number; adws: number }): Promise<void> {
  let found = 0;
  for (let adw = 0; adw < Math.min(adws, events / BATCH); adw++) {
    let [seq, last] = [0, -1];
    for (;;) {
      const answer = await fetch(`${url}/api/v1/adws/${idOf(adw)}/events?type=text_block&limit=1000&after=${seq}`);
      const page = (await answer.json()) as { events: { seq: number; data: { sequence: number } }[] };
      if (page.events.length === 0) break;
      for (const { data } of page.events) {
        if (data.sequence <= last) throw new Error(`ADW ${adw}: event ${data.sequence} after ${last}`);
        last = data.sequence;
        found += 1;
      }
      seq = page.events.at(-1)?.seq ?? seq;
    }
  }
  if (found !== events) throw new Error(`the log has ${found} of ${events} events`);
}

function idOf(adw: number): string {
  return `be9c${String(adw).padStart(4, '0')}`;
}

function bodyOf(adw: number, from: number): string {
  return Array.from({ length: BATCH }, (_, offset) => `${eventText(idOf(adw), 0, from + offset)}\n`).join('');
}
