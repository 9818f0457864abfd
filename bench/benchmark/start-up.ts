import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Benchmark, quantile, ratio } from '../benchmark.ts';
import { BIN, serve } from '../subject/adw-stream.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/agents', import.meta.url));
const STARTS = { full: 40, brief: 20, short: 1 };
const CASE = 'from start to end';
const SERVE_CASE = 'serve, from start to first answer';
const MEDIAN = 'median ms';
const BARE = 'bare Node';
const HELP = 'adw-stream --help';

/** How long a person waits for a command, beside Node running an empty module. */
export const startUp: Benchmark = {
  name: 'start-up',
  title: () => '`--help`, `list` of the example and `serve`, and Node with an empty module',
  ratioOf: MEDIAN,
  baseline: BARE,
  async *measure({ size, scratch }) {
    const empty = join(scratch, 'empty.mjs');
    writeFileSync(empty, '');
    const commands = {
      [BARE]: [empty],
      [HELP]: [BIN, '--help'],
      'adw-stream list': [BIN, 'list', '--agents-dir', EXAMPLE],
    };
    requireSaid([BIN, '--help'], /^Usage: adw-stream/);
    requireSaid(commands['adw-stream list'], /completed/);
    const times = new Map(Object.keys(commands).map(subject => [subject, [] as number[]]));
    // By turns, so that whatever else the machine does meets both.
    for (let n = 0; n < STARTS[size]; n++) {
      for (const [subject, args] of Object.entries(commands)) times.get(subject)?.push(timeOf(args));
    }
    for (const [subject, taken] of times) yield { case: CASE, subject, values: valuesOf(taken) };
    const served: number[] = [];
    for (let n = 0; n < STARTS[size]; n++) served.push(await timeToAnswer(mkdtempSync(join(scratch, 'log-'))));
    yield { case: SERVE_CASE, subject: 'adw-stream serve', values: valuesOf(served) };
  },
  goals: measured => [
    {
      text: '--help, in times of bare Node',
      reached: ratio(measured(CASE, HELP, MEDIAN), measured(CASE, BARE, MEDIAN)),
      atMost: 1.3,
    },
  ],
};

const valuesOf = (taken: readonly number[]) => ({ [MEDIAN]: quantile(taken, 0.5), 'p90 ms': quantile(taken, 0.9) });

/** A program that ends early, or says nothing, is no fast one. */
function requireSaid(args: readonly string[], what: RegExp): void {
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (!what.test(stdout)) throw new Error(`${args.slice(1).join(' ')} printed: ${stdout}`);
}

function timeOf(args: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - started;
}

async function timeToAnswer(dataDir: string): Promise<number> {
  const started = performance.now();
  const server = await serve(dataDir);
  const { status } = await fetch(`${server.url}/health`);
  const taken = performance.now() - started;
  await server.stop();
  if (status !== 200) throw new Error(`a new server answered ${status}`);
  return taken;
}
