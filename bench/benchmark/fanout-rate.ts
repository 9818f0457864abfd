import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Benchmark, type Context, quantile, type Sample } from '../benchmark.ts';
import { startSubscribers } from '../load.ts';
import { broadcasters } from '../subject/broadcasters.ts';
import { type Broadcaster, eventText } from '../subject/publish.ts';

const ADW = 'be9c0001';
const RATE = 10_000;
const SECONDS = { full: 6, brief: 3, short: 0.3 };
const WARM_SECONDS = { full: 0.5, brief: 0.5, short: 0.1 };
const VALUES = { median: 'median ms', p99: 'p99 ms', cpu: 'CPU %' };

/** How long an event takes to its subscribers at a rate that every server can hold. */
export const fanoutRate: Benchmark = {
  name: 'fanout-rate',
  title: () => 'POST to WebSocket at 10,000 deliveries a second',
  ratioOf: VALUES.p99,
  baseline: 'nginx with Nchan',
  async *measure(context) {
    const isShort = context.size === 'short';
    for (const count of isShort ? [100] : [100, 1_000]) {
      // Batches are full only at full speed: whether they all arrive, `fanout` sees.
      for (const start of broadcasters(context, isShort ? [false] : [true, false]))
        yield await measureOne(context, { count, server: await start() });
      if (!isShort) yield await measureDisk(context, count);
    }
  },
  goals: measured =>
    [100, 1_000].map(count => ({
      text: `p99 to ${count} subscribers, ms, against Nchan's`,
      reached: measured(caseOf(count), 'adw-stream, single frames', VALUES.p99),
      atMost: quantile(measured(caseOf(count), 'nginx with Nchan', VALUES.p99), 0.5),
    })),
};

function caseOf(count: number): string {
  return `${count} subscribers, ${RATE / count} events/s`;
}

async function measureOne(
  { size }: Context,
  { count, server }: { count: number; server: Broadcaster },
): Promise<Sample> {
  const seconds = SECONDS[size];
  const subscribers = await startSubscribers({ port: server.port, count, timed: 1, ...server.subscription([ADW]) });
  const publisher = await server.connect();
  const everyMs = (1_000 * count) / RATE;
  const publish = async (from: number, to: number) => {
    const begin = performance.now();
    for (let number = from; number < to; number++) {
      const wait = begin + (number - from) * everyMs - performance.now();
      if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait));
      await publisher.publish([eventText(ADW, 0, number)]);
    }
  };
  const warm = Math.ceil((1_000 * WARM_SECONDS[size]) / everyMs);
  const events = warm + Math.ceil((1_000 * seconds) / everyMs);
  await publish(0, warm);
  await subscribers.until(({ deliveries }) => deliveries === warm * count);
  await subscribers.report();
  const cpu = server.cpuSeconds();
  const from = performance.now();
  await publish(warm, events);
  await subscribers.until(({ deliveries }) => deliveries === events * count);
  const used = (server.cpuSeconds() - cpu) / ((performance.now() - from) / 1_000);
  const { latencies } = await subscribers.report();
  publisher.close();
  await subscribers.stop();
  await server.stop();
  return {
    case: caseOf(count),
    subject: server.subject,
    values: {
      [VALUES.median]: quantile(latencies, 0.5),
      [VALUES.p99]: quantile(latencies, 0.99),
      [VALUES.cpu]: used * 100,
    },
  };
}

/** What waiting for the disk alone takes: nothing that is durable before it is delivered can be faster. */
async function measureDisk({ size, scratch }: Context, count: number): Promise<Sample> {
  const everyMs = (1_000 * count) / RATE;
  const events = Math.ceil((1_000 * SECONDS[size]) / everyMs);
  const file = await open(join(scratch, `disk-${count}`), 'a');
  const latencies: number[] = [];
  for (let number = 0; number < events; number++) {
    await file.write(`${eventText(ADW, 0, number)}\n`);
    const from = performance.now();
    await file.datasync();
    latencies.push(performance.now() - from);
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
  await file.close();
  return {
    case: caseOf(count),
    subject: 'fdatasync alone',
    values: { [VALUES.median]: quantile(latencies, 0.5), [VALUES.p99]: quantile(latencies, 0.99) },
  };
}
