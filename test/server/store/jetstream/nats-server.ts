import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOlder, REPLICATES_FROM } from '../../../../src/server/store/jetstream/stream.ts';

/** Whether `nats-server` is on this machine. In CI it has to be. */
export function hasNatsServer(): boolean {
  try {
    execFileSync('nats-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI)
      throw new Error('nats-server is not installed, and in CI it has to be: apt-get install nats-server');
    process.stderr.write('\nSKIPPED: nats-server is not installed, so nothing is known of the JetStream store.\n\n');
    return false;
  }
}

/** The `nats-server` that is started: for clusters, the one that `CLUSTER_NATS_SERVER` names, where it is not the same. */
const ALONE = 'nats-server';
export const CLUSTERED = process.env.CLUSTER_NATS_SERVER ?? ALONE;

/** A `nats-server` that runs. */
export interface NatsServer {
  readonly url: string;
  readonly pid: number;
}

/**
 * The server whose data is in `place`: the one that runs, else a new one on a free port. It outlives its starter, so
 * that a test can kill the starter.
 */
export async function natsServerIn(
  place: string,
  args: readonly string[] = [],
  command: string = ALONE,
): Promise<NatsServer> {
  return (await runningIn(place)) ?? start(place, args, command);
}

/** Kills the server of `place`, if one runs, and waits until it is gone. */
export async function killNatsServerIn(place: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const running = await runningIn(place);
  if (running === undefined) return;
  process.kill(running.pid, signal);
  await until(() => !isAlive(running.pid));
}

/** Resolves once `condition` holds. @throws after a minute */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${condition}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** With `NATS_SERVER_LOGS` it leaves a log with that directory, to find out why a test failed. */
async function start(place: string, args: readonly string[], command: string): Promise<NatsServer> {
  await mkdir(portsIn(place), { recursive: true });
  const where = ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', portsIn(place)];
  const logs = process.env.NATS_SERVER_LOGS;
  const log = logs === undefined ? [] : ['-D', '-l', join(logs, `${place.split('/').slice(-2).join('-')}.log`)];
  const child = spawn(command, ['-js', '-sd', join(place, 'data'), ...where, ...args, ...log], {
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
  let server: NatsServer | undefined;
  await until(async () => {
    server = await runningIn(place);
    return server !== undefined;
  });
  return server!;
}

/** NATS writes the ports it got into `nats-server_<pid>.ports`. */
async function runningIn(place: string): Promise<NatsServer | undefined> {
  if (!existsSync(portsIn(place))) return undefined;
  for (const name of await readdir(portsIn(place))) {
    const pid = Number(/^nats-server_(\d+)\.ports$/.exec(name)?.[1]);
    const file = join(portsIn(place), name);
    if (!isAlive(pid)) await rm(file, { force: true });
    else {
      const text = await readFile(file, 'utf8');
      if (text.endsWith('}')) return { url: (JSON.parse(text) as { nats: string[] }).nats[0]!, pid };
    }
  }
  return undefined;
}

function portsIn(place: string): string {
  return join(place, 'ports');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether there is a `nats-server` that may replicate the log, as Debian 12's may not (docs/scaling.md). In CI there has to be. */
export function hasClusterServer(): boolean {
  if (!hasNatsServer()) return false;
  const version = /v([\d.]+)/.exec(execFileSync(CLUSTERED, ['--version'], { encoding: 'utf8' }))?.[1] ?? '';
  if (!isOlder(version, REPLICATES_FROM)) return true;
  const remedy = `nats-server ${version} is too old for a cluster: CLUSTER_NATS_SERVER=$(.ci/newer-nats-server)`;
  if (process.env.CI) throw new Error(remedy);
  process.stderr.write(`\nSKIPPED: ${remedy}\n\n`);
  return false;
}

/** Whether to try the store alone on such a cluster, for minutes: `ADW_STREAM_CLUSTER=1`. */
export function triesClusters(): boolean {
  return process.env.ADW_STREAM_CLUSTER === '1' && hasClusterServer();
}
