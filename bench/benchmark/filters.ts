import { join } from 'node:path';
import { type Benchmark, type Context, perRound, type Sample } from '../benchmark.ts';
import { poster, startSubscribers } from '../load.ts';
import { serve } from '../subject/adw-stream.ts';
import { eventText } from '../subject/publish.ts';

const ADWS = 100;
const POSTS = { full: 1_200, brief: 600, short: 200 };
const SUBJECT = 'adw-stream';
const VALUES = { perPost: 'CPU µs/POST', perDelivery: 'CPU µs/delivery' };
const CASES = [0, 100, 1_000];

/** What subscribers cost that want something else: each wants one of 100 ADWs, each POST is of one ADW. */
export const filters: Benchmark = {
  name: 'filters',
  title: () => 'each subscriber wants one of 100 ADWs; 200 POSTs a second, of one ADW each in turn',
  async *measure(context) {
    for (const count of context.size === 'short' ? [100] : CASES) yield await measureOne(context, count);
  },
  goals(measured) {
    const of = (count: number) => measured(caseOf(count), SUBJECT, VALUES.perPost);
    return [
      {
        text: 'CPU of each of 9 more deliveries, to that of a POST without subscribers',
        reached: perRound((many, few, none) => (many - few) / 9 / none, of(1_000), of(100), of(0)),
        atMost: 1,
      },
    ];
  },
};

function caseOf(count: number): string {
  return `${count} subscribers, ${count / ADWS} deliveries per POST`;
}

async function measureOne({ size, scratch }: Context, count: number): Promise<Sample> {
  const posts = POSTS[size];
  const server = await serve(join(scratch, `log-${count}-${Date.now()}`));
  const ids = Array.from({ length: ADWS }, (_, index) => `be9c${String(index).padStart(4, '0')}`);
  const hello = ids.map(adw_id => JSON.stringify({ type: 'subscribe', adw_id }));
  const subscribers = count === 0 ? undefined : await startSubscribers({ port: server.port, count, hello });
  const { post, close } = await poster({ port: server.port, path: '/api/v1/events' });
  const publish = async (from: number, to: number) => {
    for (let number = from; number < to; number++) {
      await post(`${eventText(ids[number % ADWS] as string, 0, Math.floor(number / ADWS))}\n`);
      if (size !== 'short') await new Promise(resolve => setTimeout(resolve, 4));
    }
  };
  await publish(0, ADWS);
  const cpu = server.cpuSeconds();
  await publish(ADWS, ADWS + posts);
  const deliveries = (posts * count) / ADWS;
  await subscribers?.until(progress => progress.deliveries === deliveries + count);
  const used = (server.cpuSeconds() - cpu) * 1e6;
  close();
  await subscribers?.stop();
  await server.stop();
  return {
    case: caseOf(count),
    subject: SUBJECT,
    values: { [VALUES.perPost]: used / posts, ...(count > 0 ? { [VALUES.perDelivery]: used / deliveries } : {}) },
  };
}
