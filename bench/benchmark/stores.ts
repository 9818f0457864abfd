import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Context, quantile, ratio, type Sample } from '../benchmark.ts';
import { poster, startSubscribers } from '../load.ts';
import { type Server, serve } from '../subject/adw-stream.ts';
import { type Broker, hasNats, mayReplicate, startNats } from '../subject/nats.ts';
import { eventText } from '../subject/publish.ts';

const CASE = '16 ADWs, batches of 10 events of 1 KB, 20 subscribers to all';
const ADWS = 16;
const EVENTS_EACH = { full: 2_000, brief: 1_000, short: 30 };
const BATCH = 10;
const SUBSCRIBERS = 20;
const VALUES = { events: 'events/s in', deliveries: 'deliveries/s out', median: 'median ms' };

/** What keeps the log, and how many servers there are on it. */
interface Setup {
  readonly subject: string;
  readonly brokers: number;
  readonly nodes: number;
}

const SQLITE: Setup = { subject: 'SQLite', brokers: 0, nodes: 1 };
const SETUPS: readonly Setup[] = [
  SQLITE,
  { subject: 'one nats-server', brokers: 1, nodes: 1 },
  { subject: 'one nats-server, two nodes', brokers: 1, nodes: 2 },
  { subject: 'three nats-servers, three replicas', brokers: 3, nodes: 1 },
  { subject: 'three nats-servers, three replicas, two nodes', brokers: 3, nodes: 2 },
];

/** What a store costs, and what a second server on it costs: brokers and servers share one core. */
export const stores: Benchmark = {
  name: 'stores',
  title: () => 'events in and deliveries out by store, brokers and servers on one core',
  ratioOf: VALUES.events,
  baseline: SQLITE.subject,
  async *measure(context) {
    const brokersMax = !hasNats() ? 0 : mayReplicate() ? 3 : 1;
    if (brokersMax === 0) context.skip('nats-server is not installed: apt-get install nats-server');
    if (brokersMax === 1)
      context.skip('nats-server is too old for a cluster: CLUSTER_NATS_SERVER=$(.ci/newer-nats-server)');
    // Two nodes on the most brokers do all that the smaller ones do: for correctness they are enough.
    const most = SETUPS.findLast(({ brokers }) => brokers <= brokersMax);
    const setups = SETUPS.filter(setup => context.size !== 'short' || setup === SQLITE || setup === most);
    for (const setup of setups) if (setup.brokers <= brokersMax) yield await measureOne(context, setup);
  },
  goals: measured =>
    [1, 3].map(brokers => {
      const [alone, two] = [1, 2].map(nodes => SETUPS.find(one => one.brokers === brokers && one.nodes === nodes));
      const rate = (setup: Setup | undefined) => measured(CASE, setup?.subject ?? '', VALUES.deliveries);
      return {
        text: `deliveries of two nodes by those of one, ${brokers} nats-server${brokers > 1 ? 's' : ''}, on one core`,
        reached: ratio(rate(two), rate(alone)),
        atLeast: 0.5,
      };
    }),
};

async function measureOne({ size, scratch }: Context, { subject, brokers, nodes }: Setup): Promise<Sample> {
  const each = EVENTS_EACH[size];
  const place = join(scratch, subject.replaceAll(/\W+/g, '-'));
  mkdirSync(place, { recursive: true });
  const broker = brokers === 0 ? undefined : await startNats(place, brokers);
  const servers = await startServers(place, { broker, replicas: brokers, nodes });
  const hello = [JSON.stringify({ type: 'subscribe', adw_id: '*', batch: true })];
  const count = SUBSCRIBERS / nodes;
  const subscribers = await Promise.all(servers.map(({ port }) => startSubscribers({ port, count, hello })));
  const answers: number[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: ADWS }, (_, index) => publish(servers[index % nodes] as Server, { index, each, answers })),
  );
  const inSeconds = (performance.now() - from) / 1_000;
  await Promise.all(subscribers.map(one => one.until(({ least }) => least >= ADWS * each)));
  const outSeconds = (performance.now() - from) / 1_000;
  await Promise.all([...subscribers, ...servers].map(one => one.stop()));
  await broker?.stop();
  return {
    case: CASE,
    subject,
    values: {
      [VALUES.events]: (ADWS * each) / inSeconds,
      [VALUES.deliveries]: (ADWS * each * SUBSCRIBERS) / outSeconds,
      [VALUES.median]: quantile(answers, 0.5),
    },
  };
}

/** Servers on one log, one after the other: the first makes it. */
async function startServers(
  place: string,
  { broker, replicas, nodes }: { broker: Broker | undefined; replicas: number; nodes: number },
): Promise<Server[]> {
  const store = broker === undefined ? [] : ['--store', broker.store, '--store-replicas', String(replicas)];
  const servers: Server[] = [];
  for (let node = 0; node < nodes; node++) servers.push(await serve(join(place, `data-${node}`), store));
  return servers;
}

/** Sends one ADW's events, batch after batch, each answered when it is durable. */
async function publish({ port }: Server, { index, each, answers }: { index: number; each: number; answers: number[] }) {
  const { post, close } = await poster({ port, path: '/api/v1/events' });
  const adwId = `be9c00${String(index).padStart(2, '0')}`;
  for (let number = 0; number < each; number += BATCH) {
    const events = Array.from({ length: BATCH }, (_, offset) => eventText(adwId, index, number + offset));
    const sent = performance.now();
    await post(`${events.join('\n')}\n`);
    answers.push(performance.now() - sent);
  }
  close();
}
