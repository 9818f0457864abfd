import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, quantile, ratio } from '../benchmark.ts';
import { BIN } from '../subject/adw-stream.ts';

const STARTS = { full: 40, brief: 20, short: 3 };
const CASE = 'from start to end';
const MEDIAN = 'median ms';
const BARE = 'bare Node';

/** How long a person waits for `adw-stream --help`, beside Node running an empty module. */
export const startUp: Benchmark = {
  name: 'start-up',
  title: () => '`adw-stream --help`, and Node with an empty module',
  ratioOf: MEDIAN,
  baseline: BARE,
  async *measure({ size, scratch }) {
    const empty = join(scratch, 'empty.mjs');
    writeFileSync(empty, '');
    const commands = { [BARE]: [empty], 'adw-stream': [BIN, '--help'] };
    requireHelp();
    const times = new Map(Object.keys(commands).map(subject => [subject, [] as number[]]));
    // By turns, so that whatever else the machine does meets both.
    for (let n = 0; n < STARTS[size]; n++) {
      for (const [subject, args] of Object.entries(commands)) times.get(subject)?.push(timeOf(args));
    }
    for (const [subject, taken] of times) {
      yield { case: CASE, subject, values: { [MEDIAN]: quantile(taken, 0.5), 'p90 ms': quantile(taken, 0.9) } };
    }
  },
  goals: median => [
    {
      text: '--help, in times of bare Node',
      reached: ratio(median(CASE, 'adw-stream', MEDIAN), median(CASE, BARE, MEDIAN)),
      atMost: 1.3,
    },
  ],
};

/** A program that ends early, or says nothing, is no fast one. */
function requireHelp(): void {
  const { stdout } = spawnSync(process.execPath, [BIN, '--help'], { encoding: 'utf8' });
  if (!stdout.startsWith('Usage: adw-stream')) throw new Error(`--help printed: ${stdout}`);
}

function timeOf(args: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - started;
}
