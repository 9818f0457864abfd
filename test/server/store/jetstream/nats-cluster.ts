import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { killNatsServerIn, natsServerIn, until } from './nats-server.ts';
import { startProxy } from './proxy.ts';

/** Three nats-servers that are one cluster. */
export interface NatsCluster {
  /** URLs of the servers, in the order of their numbers 0 to 2. */
  readonly urls: readonly string[];
  /** Which server leads a stream. */
  leaderOf(stream: string): Promise<number>;
  /** Whether all copies of a stream are complete: only then does it bear the loss of another server. */
  isComplete(stream: string): Promise<boolean>;
  kill(server: number): Promise<void>;
  /** Starts one that was killed, on the same ports and data. */
  start(server: number): Promise<void>;
  /** Cuts the network between one server and the two others; its clients still reach it. */
  isolate(server: number): void;
  /** Mends the network around it. */
  rejoin(server: number): void;
  close(): Promise<void>;
}

const SERVERS = [0, 1, 2];
/** Servers tell each other where they can be dialled; here only the proxies may lead to them. */
const NOWHERE = '127.0.0.1:1';

/** Starts a cluster on free ports and waits until it can keep streams. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const home = await mkdtemp(join(tmpdir(), 'adw-cluster-'));
  const [clientPorts, routePorts] = [await freePorts(), await freePorts()];
  const placeOf = (server: number) => join(home, `n${server}`);
  const cables = await connectPairs(routePorts.map(port => `nats://127.0.0.1:${port}`));
  const start = async (server: number): Promise<void> => {
    const own = ['--name', `n${server}`, '--cluster_name', 'test', '-p', `${clientPorts[server]}`];
    const cluster = ['--cluster', `nats://127.0.0.1:${routePorts[server]}`, '--cluster_advertise', NOWHERE];
    const routes = cables.filter(({ from }) => from === server).map(({ proxy }) => proxy.url);
    await natsServerIn(placeOf(server), [
      ...own,
      ...cluster,
      ...(routes.length > 0 ? ['--routes', routes.join()] : []),
    ]);
  };
  const around = (server: number) => cables.filter(({ from, to }) => from === server || to === server);
  await Promise.all(SERVERS.map(start));
  const urls = clientPorts.map(port => `nats://127.0.0.1:${port}`);
  const ask = async <Answer>(work: (jsm: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<Answer>) => {
    const connection = await connect({ servers: urls.map(url => url.replace('nats://', '')) });
    try {
      return await work(await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 }));
    } finally {
      await connection.close();
    }
  };
  await until(() =>
    ask(jsm => jsm.getAccountInfo()).then(
      () => true,
      () => false,
    ),
  );
  return {
    urls,
    leaderOf: async stream => {
      const { cluster } = await ask(jsm => jsm.streams.info(stream));
      return Number(cluster?.leader?.slice(1));
    },
    isComplete: async stream => {
      const { cluster } = await ask(jsm => jsm.streams.info(stream));
      return cluster?.replicas?.every(({ current, offline, lag = 0 }) => current && !offline && lag === 0) ?? false;
    },
    kill: server => killNatsServerIn(placeOf(server)),
    start,
    isolate: server => {
      for (const { proxy } of around(server)) proxy.cut();
    },
    rejoin: server => {
      for (const { proxy } of around(server)) proxy.mend();
    },
    close: async () => {
      for (const server of SERVERS) await killNatsServerIn(placeOf(server));
      for (const { proxy } of cables) await proxy.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

interface Cable {
  readonly from: number;
  readonly to: number;
  readonly proxy: Awaited<ReturnType<typeof startProxy>>;
}

/** A proxy for each server to dial each other one through. */
async function connectPairs(routes: readonly string[]): Promise<Cable[]> {
  const pairs = SERVERS.flatMap(from => SERVERS.filter(to => to !== from).map(to => ({ from, to })));
  return Promise.all(pairs.map(async pair => ({ ...pair, proxy: await startProxy(routes[pair.to]!) })));
}

async function freePorts(): Promise<number[]> {
  const servers = SERVERS.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(server => new Promise(resolve => server.once('listening', resolve))));
  const ports = servers.map(server => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
