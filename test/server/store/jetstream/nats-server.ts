import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../../support/is-alive.ts';

/**
 * The nats-server for clusters: the one that `CLUSTER_NATS_SERVER` names, else one that may replicate the log, which the
 * script fetches where the installed one may not, as Debian 12's (docs/scaling.md).
 */
export function clusterServer(): string {
  const script = fileURLToPath(new URL('../../../../.ci/newer-nats-server', import.meta.url));
  return process.env.CLUSTER_NATS_SERVER ?? execFileSync(script, { encoding: 'utf8' }).trim();
}

const WARNINGS_MAX = 20;

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
  command = 'nats-server',
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

/** What the server of `place` warned of since it was first started: the last lines. */
export async function warningsIn(place: string): Promise<string> {
  const text = await readFile(join(place, 'log'), 'utf8').catch(String);
  const lines = text.split('\n').filter(line => /\[(WRN|ERR|FTL)\]/.test(line));
  return [place, ...lines.slice(-WARNINGS_MAX)].join('\n');
}

/** Its log is beside its data; with `NATS_SERVER_LOGS` it is left with that directory, and tells everything. */
async function start(place: string, args: readonly string[], command: string): Promise<NatsServer> {
  await mkdir(portsIn(place), { recursive: true });
  const where = ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', portsIn(place)];
  const logs = process.env.NATS_SERVER_LOGS;
  const log =
    logs === undefined ? [join(place, 'log')] : [join(logs, `${place.split('/').slice(-2).join('-')}.log`), '-D'];
  const child = spawn(command, ['-js', '-sd', join(place, 'data'), ...where, ...args, '-l', ...log], {
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
