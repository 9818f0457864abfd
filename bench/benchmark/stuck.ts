import { join } from 'node:path';
import { type Benchmark, type Context, perRound, quantile, ratio, type Sample } from '../benchmark.ts';
import { poster, startSubscribers } from '../load.ts';
import { serve } from '../subject/adw-stream.ts';
import { eventText } from '../subject/publish.ts';

const ADW = 'be9c0001';
const EVENTS = { full: 1_000_000, brief: 40_000, short: 2_000 };
const BATCH = 100;
const SUBSCRIBERS = 100;
const VALUES = { growth: 'growth MB', p99: 'p99 ms' };

/** What a reader that never reads costs the server and the others. */
export const stuck: Benchmark = {
  name: 'stuck',
  title: size =>
    `one subscriber of 100 never reads, ${EVENTS[size].toLocaleString('en-US')} events of 1 KB at 4,000 a second`,
  async *measure(context) {
    if (context.size !== 'short') yield await measureOne(context, 0);
    yield await measureOne(context, 1);
  },
  goals(measured) {
    const of = (count: number, value: string) => measured(caseOf(count), 'adw-stream', value);
    return [
      {
        text: 'memory that the stuck one adds, MB',
        reached: perRound((stuck, none) => stuck - none, of(1, VALUES.growth), of(0, VALUES.growth)),
        atMost: 10,
      },
      { text: "the others' p99 to that without it", reached: ratio(of(1, VALUES.p99), of(0, VALUES.p99)), atMost: 1.1 },
    ];
  },
};

function caseOf(count: number): string {
  return count === 0 ? 'all read' : 'one never reads';
}

async function measureOne({ size, scratch }: Context, count: number): Promise<Sample> {
  const events = EVENTS[size];
  const server = await serve(join(scratch, `log-${count}`));
  const hello = [JSON.stringify({ type: 'subscribe', adw_id: ADW, batch: true })];
  const subscribers = await startSubscribers({ port: server.port, count: SUBSCRIBERS, hello, timed: 10, stuck: count });
  const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
  const publish = async (from: number, to: number) => {
    for (let number = from; number < to; number += BATCH) {
      const due = performance.now() + 25;
      const lines = Array.from({ length: BATCH }, (_, offset) => eventText(ADW, 0, number + offset));
      await post(`${lines.join('\n')}\n`);
      await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
  };
  const warm = events / 10;
  await publish(0, warm);
  const before = server.memoryMB().now;
  await subscribers.report();
  await publish(warm, warm + events);
  await subscribers.until(({ least }) => least === warm + events);
  const growth = server.memoryMB().now - before;
  const { latencies } = await subscribers.report();
  close();
  await subscribers.stop();
  await server.stop();
  return {
    case: caseOf(count),
    subject: 'adw-stream',
    values: { [VALUES.growth]: growth, [VALUES.p99]: quantile(latencies, 0.99) },
  };
}
