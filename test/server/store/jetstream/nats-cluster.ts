import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { jetstreamManager, type PeerInfo } from '@nats-io/jetstream';
import { connect, millis } from '@nats-io/transport-node';
import { messageOf } from '../../../../src/base/errors.ts';
import { freePort } from '../../../support/ports.ts';
import { until } from '../../../support/until.ts';
import { clusterServer, killNatsServerIn, natsServerIn, warningsIn } from './nats-server.ts';
import { startProxy } from './proxy.ts';

/** Three nats-servers that are one cluster. */
export interface NatsCluster {
  /** URLs of the servers, in the order of their numbers 0 to 2. */
  readonly urls: readonly string[];
  /** Which server leads a stream. */
  leaderOf(stream: string): Promise<number>;
  /**
   * Waits until all copies of a stream are complete: only then does it bear the loss of another server, on a busy machine not at once.
   * Rejects with what they lack, and what the servers say.
   */
  untilComplete(stream: string): Promise<void>;
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
/**
 * ms after which servers that started together and left one of them out, as happens now and then, start anew: twice as long at
 * each attempt, since on a busy machine they need longer; and how often.
 */
const FORMING_MS = 8_000;
const FORMING_TIMES = 4;
/**
 * ms without a word from a copy after which its server, which runs, is started once more, as an operator does: a 2.10.27 that
 * was killed and started again now and then takes no part in a stream any more, though it answers.
 */
const SILENT_MS = 30_000;
/** ms that all copies of a stream may need to be complete. */
const COMPLETE_MS = 180_000;
/** Servers tell each other where they can be dialled; here only the proxies may lead to them. */
const NOWHERE = '127.0.0.1:1';

/** Starts a cluster on free ports and waits until it can keep streams. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const home = await mkdtemp(join(tmpdir(), 'adw-cluster-'));
  const [clientPorts, routePorts] = [await freePorts(), await freePorts()];
  const placeOf = (server: number) => join(home, `n${server}`);
  const cables = await connectPairs(routePorts.map(port => `nats://127.0.0.1:${port}`));
  const start = async (server: number): Promise<void> => {
    const routes = cables.filter(({ from }) => from === server).map(({ proxy }) => proxy.url);
    const config = join(home, `n${server}.conf`);
    // One connection between two servers, as a cable: a 2.10 has a pool of them, which a proxy in between confuses.
    const cluster = [
      `listen: "127.0.0.1:${routePorts[server]}"`,
      `advertise: "${NOWHERE}"`,
      'name: test',
      'pool_size: -1',
    ];
    await writeFile(config, `cluster { ${cluster.join(', ')}, routes: ${JSON.stringify(routes)} }\n`);
    await natsServerIn(
      placeOf(server),
      ['-c', config, '--name', `n${server}`, '-p', `${clientPorts[server]}`],
      clusterServer(),
    );
  };
  const around = (server: number) => cables.filter(({ from, to }) => from === server || to === server);
  const urls = clientPorts.map(port => `nats://127.0.0.1:${port}`);
  const ask = async <Answer>(work: (jsm: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<Answer>) => {
    const connection = await connect({ servers: urls.map(url => url.replace('nats://', '')) });
    try {
      return await work(await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 }));
    } finally {
      await connection.close();
    }
  };
  const copiesOf = async (stream: string): Promise<readonly PeerInfo[]> => {
    const { cluster } = await ask(jsm => jsm.streams.info(stream));
    if (cluster?.replicas === undefined) throw new Error(`Nothing is told of the copies of ${stream}.`);
    return cluster.replicas;
  };
  const untilComplete = async (stream: string): Promise<void> => {
    let restartFrom = Date.now() + SILENT_MS;
    let copies: readonly PeerInfo[] = [];
    const isComplete = async (): Promise<boolean> => {
      // While the servers elect, none of them answers.
      copies = await copiesOf(stream).catch(() => copies);
      if (copies.length > 0 && copies.every(({ current, offline, lag = 0 }) => current && !offline && lag === 0))
        return true;
      const silent = copies.find(({ active }) => millis(active) > SILENT_MS);
      if (silent === undefined || Date.now() < restartFrom) return false;
      const server = numberOf(silent.name);
      console.warn(
        `${silent.name} has no part in ${stream} and is started again.\n${await warningsIn(placeOf(server))}`,
      );
      await killNatsServerIn(placeOf(server));
      await start(server);
      restartFrom = Date.now() + SILENT_MS;
      return false;
    };
    try {
      await until(`the copies of ${stream} are complete`, isComplete, { withinMs: COMPLETE_MS });
    } catch (cause) {
      const warnings = await Promise.all(SERVERS.map(server => warningsIn(placeOf(server))));
      throw new Error([messageOf(cause), inspect(copies), ...warnings].join('\n'), { cause });
    }
  };
  const close = async (): Promise<void> => {
    for (const server of SERVERS) await killNatsServerIn(placeOf(server));
    for (const { proxy } of cables) await proxy.close();
    await rm(home, { recursive: true, force: true });
  };
  /** Whether a stream can have three replicas. */
  const isFormed = async (withinMs: number): Promise<boolean> => {
    const giveUpAt = Date.now() + withinMs;
    while (Date.now() < giveUpAt) {
      const made = await ask(jsm => jsm.streams.add({ name: 'probe', storage: 'memory', num_replicas: 3 })).catch(
        () => undefined,
      );
      if (made !== undefined) return ask(jsm => jsm.streams.delete('probe'));
      // Each question is a connection, and the servers need the processor to elect.
      await new Promise(resolve => setTimeout(resolve, 250));
    }
    return false;
  };
  try {
    for (let attempt = 0; ; attempt += 1) {
      await Promise.all(SERVERS.map(start));
      if (await isFormed(FORMING_MS * 2 ** attempt)) break;
      if (attempt + 1 === FORMING_TIMES) throw new Error('The three servers do not form a cluster.');
      for (const server of SERVERS) await killNatsServerIn(placeOf(server));
      for (const server of SERVERS) await rm(placeOf(server), { recursive: true });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    urls,
    leaderOf: async stream => {
      const { cluster } = await ask(jsm => jsm.streams.info(stream));
      return numberOf(cluster?.leader);
    },
    untilComplete,
    kill: server => killNatsServerIn(placeOf(server)),
    start,
    isolate: server => {
      for (const { proxy } of around(server)) proxy.cut();
    },
    rejoin: server => {
      for (const { proxy } of around(server)) proxy.mend();
    },
    close,
  };
}

/** The number in a server's name, `n0` to `n2`; NaN where no server leads. */
function numberOf(name = ''): number {
  return Number(name.slice(1));
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
  return Promise.all(SERVERS.map(freePort));
}
