import { fileURLToPath } from 'node:url';
import { type Child, CORE, startChild } from '../child.ts';

/** The command, as it is installed. */
export const BIN = fileURLToPath(new URL('../../../bin/adw-stream.js', import.meta.url));

/** A running server under test. */
export interface Server extends Child {
  readonly url: string;
  readonly port: number;
}

/** Starts an `adw-stream` command. */
export function adwStream(
  args: readonly string[],
  { core = CORE.subject, node = [] as readonly string[] } = {},
): Child {
  const profile =
    process.env.BENCH_PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`];
  return startChild([process.execPath, ...node, ...profile, BIN, ...args], { core });
}

/** Starts `adw-stream serve` on a free port, with a log in `dataDir`. */
export function serve(dataDir: string, args: readonly string[] = []): Promise<Server> {
  return listening('serve', dataDir, args);
}

/** Starts `adw-stream up` on a free port, with a log in `dataDir`. */
export function up(dataDir: string, places: { agentsDir: string; stateDir: string }): Promise<Server> {
  const { agentsDir, stateDir } = places;
  return listening('up', dataDir, ['--agents-dir', agentsDir, '--state-dir', stateDir]);
}

async function listening(command: 'serve' | 'up', dataDir: string, args: readonly string[]): Promise<Server> {
  const limits = ['--rate-limit', '100000000'];
  const child = adwStream([command, '--port', '0', '--data-dir', dataDir, ...limits, ...args]);
  const [url, port] = await child.says(/http:\/\/127\.0\.0\.1:(\d+)/);
  return { ...child, url, port: Number(port) };
}
