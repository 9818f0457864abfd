import { type Benchmark, type Context, quantile, ratio, type Sample } from '../benchmark.ts';
import { startSubscribers } from '../load.ts';
import { broadcasters } from '../subject/broadcasters.ts';
import { type Broadcaster, publishAll } from '../subject/publish.ts';

const ADW = 'be9c0001';
const SUBSCRIBERS = [1, 100, 1_000, 5_000];
/** Deliveries of one measurement, about: some seconds. */
const DELIVERIES = { full: 400_000, brief: 200_000, short: 4_000 };
const EVENTS_MAX = 20_000;
/** Events that publishers may be ahead of the slowest subscriber: within what Nchan keeps. */
const AHEAD_MAX = 2_000;
const PUBLISHERS = 8;
const VALUES = { rate: 'deliveries/s', cpu: 'CPU µs/delivery', latency: 'median ms' };

/** How many deliveries a second reach WebSockets when publishers post as fast as they are answered. */
export const fanout: Benchmark = {
  name: 'fanout',
  title: () => 'POST in, WebSocket out, 1 KB events, at full speed',
  ratioOf: VALUES.rate,
  baseline: 'nginx with Nchan',
  async *measure(context) {
    for (const count of context.size === 'short' ? [20] : SUBSCRIBERS) {
      for (const start of broadcasters(context)) yield await measureOne(context, { count, server: await start() });
    }
  },
  goals(measured) {
    const of = (subject: string, value: string) => measured(caseOf(1_000), subject, value);
    const [ours, nchan] = ['adw-stream, batches', 'nginx with Nchan'];
    return [
      {
        text: 'deliveries a second to 1,000 subscribers, to those of Nchan',
        reached: ratio(of(ours, VALUES.rate), of(nchan, VALUES.rate)),
        atLeast: 2,
      },
      {
        text: 'CPU per delivery to 1,000 subscribers, to that of Nchan',
        reached: ratio(of(ours, VALUES.cpu), of(nchan, VALUES.cpu)),
        atMost: 0.5,
      },
    ];
  },
};

function caseOf(count: number): string {
  return count === 1 ? '1 subscriber' : `${count} subscribers`;
}

async function measureOne(
  { size }: Context,
  { count, server }: { count: number; server: Broadcaster },
): Promise<Sample> {
  const each = Math.ceil(Math.min(EVENTS_MAX, DELIVERIES[size] / count) / PUBLISHERS);
  const events = each * PUBLISHERS;
  const subscribers = await startSubscribers({ port: server.port, count, ...server.subscription([ADW]) });
  const publishers = await Promise.all(Array.from({ length: PUBLISHERS }, () => server.connect()));
  const cpu = server.cpuSeconds();
  const from = performance.now();
  await publishAll(publishers, {
    adwId: ADW,
    count: each,
    perPost: 1,
    mayGoOn: published => published - subscribers.progress.least < AHEAD_MAX,
  });
  await subscribers.until(({ deliveries }) => deliveries === events * count);
  const seconds = (performance.now() - from) / 1_000;
  const used = server.cpuSeconds() - cpu;
  const { latencies } = await subscribers.report();
  for (const publisher of publishers) publisher.close();
  await subscribers.stop();
  await server.stop();
  return {
    case: caseOf(count),
    subject: server.subject,
    values: {
      [VALUES.rate]: (events * count) / seconds,
      [VALUES.cpu]: (used / (events * count)) * 1e6,
      [VALUES.latency]: quantile(latencies, 0.5),
    },
  };
}
