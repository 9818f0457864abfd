import type { Benchmark, Context, Sample } from '../benchmark.ts';
import { startSubscribers } from '../load.ts';
import { broadcasters } from '../subject/broadcasters.ts';
import { type Broadcaster, eventText } from '../subject/publish.ts';

const ADW = 'be9c0001';
const OURS = 'adw-stream, batches';
const KB = 'KB each';

/** What a connection costs that does nothing. */
export const connections: Benchmark = {
  name: 'connections',
  title: () => '10,000 idle WebSockets',
  ratioOf: KB,
  baseline: 'nginx with Nchan',
  async *measure(context) {
    // Whether frames are batched makes no difference to a subscriber that gets none.
    for (const start of broadcasters(context, [true])) yield await measureOne(context, await start());
  },
  goals: measured => [{ text: 'memory of each, KB', reached: measured('idle', OURS, KB), atMost: 12 }],
};

async function measureOne({ size }: Context, server: Broadcaster): Promise<Sample> {
  const count = size === 'short' ? 200 : 10_000;
  // The first hundred make what all share.
  const warm = await startSubscribers({ port: server.port, count: 100, ...server.subscription(undefined) });
  const before = server.memoryMB().now;
  const subscribers = await startSubscribers({ port: server.port, count, ...server.subscription(undefined) });
  if (size !== 'short') await new Promise(resolve => setTimeout(resolve, 1_000));
  const after = server.memoryMB().now;
  // None of them was only thought to be connected.
  const publisher = await server.connect();
  await publisher.publish([eventText(ADW, 0, 0)]);
  await subscribers.until(({ deliveries }) => deliveries === count);
  publisher.close();
  await subscribers.stop();
  await warm.stop();
  await server.stop();
  return { case: 'idle', subject: server.subject, values: { [KB]: ((after - before) * 1_024) / count } };
}
