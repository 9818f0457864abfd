import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Child, CORE, startChild } from '../child.ts';
import { isInstalled } from './installed.ts';
import { freePort } from './ports.ts';

/** nats-servers under test, as one broker. */
export interface Broker {
  /** What `--store` takes. */
  readonly store: string;
  stop(): Promise<void>;
}

/** The nats-server for a cluster, which has to be newer than Debian 12's: `CLUSTER_NATS_SERVER=$(.ci/newer-nats-server)`. */
const CLUSTERED = process.env.CLUSTER_NATS_SERVER ?? 'nats-server';

/** Whether `nats-server` is on this machine. */
export function hasNats(): boolean {
  return isInstalled('nats-server');
}

/** Whether the one for a cluster may replicate a log: docs/scaling.md says why older ones may not. */
export function mayReplicate(): boolean {
  const version = /v([\d.]+)/.exec(spawnSync(CLUSTERED, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? '';
  return version.localeCompare('2.10.27', undefined, { numeric: true }) >= 0;
}

/** Starts `count` nats-servers, a cluster when there are several, with their data in `place`. */
export async function startNats(place: string, count: number): Promise<Broker> {
  const ports = await Promise.all(Array.from({ length: 2 * count }, freePort));
  const routes = ports.slice(count).map(port => `nats://127.0.0.1:${port}`);
  const servers: Child[] = [];
  for (let index = 0; index < count; index++) {
    const data = ['-js', '-sd', join(place, `n${index}`), '-a', '127.0.0.1', '-p', `${ports[index]}`];
    const name = ['--name', `n${index}`, '--cluster_name', 'bench', '--cluster', routes[index] as string];
    const cluster = count === 1 ? [] : [...name, '--routes', routes.join()];
    servers.push(startChild([count === 1 ? 'nats-server' : CLUSTERED, ...data, ...cluster], { core: CORE.subject }));
  }
  await Promise.all(servers.map(server => server.says(/Server is ready/)));
  return {
    store: ports
      .slice(0, count)
      .map(port => `nats://127.0.0.1:${port}`)
      .join(),
    stop: async () => {
      await Promise.all(servers.map(server => server.stop()));
    },
  };
}
