import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmark/index.ts';
import type { Benchmark, Goal, Sample, Size } from './benchmark.ts';
import { CORE, pinSelf, stopAll } from './child.ts';
import { describeMachine, type Machine } from './machine.ts';
import { goalTable, goalText, measuredIn, tableOf } from './table.ts';

/**
 * `npm run bench -- [name…] [--short | --brief] [--rounds n]`: measures, prints tables, and appends the samples to bench/results/.
 * Those named are measured in full, three rounds each; all of them briefly and once. `cost` names those that fill the table of
 * what a line costs, which stands at the end.
 * The exit code is 1 when a benchmark lost, repeated or changed something.
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    brief: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});

const size: Size = flags.short ? 'short' : flags.brief || positionals.length === 0 ? 'brief' : 'full';
const rounds = Number(flags.rounds ?? (size === 'full' ? 3 : 1));

const COST = 'cost';
/** Goals of the table of what a line costs, as they are measured. */
const costs: Goal[] = [];

async function run(benchmark: Benchmark, machine: Machine): Promise<void> {
  console.log(`\n## ${benchmark.name}: ${benchmark.title(size)}\n`);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) samples.push(...(await measureOnce(benchmark)));
  console.log(tableOf(benchmark, samples));
  if (size === 'short') return;
  const goals = benchmark.goals(measuredIn(samples));
  console.log(`\n${goals.map(goalText).join('\n')}`);
  costs.push(...goals.filter(isCost));
  record(benchmark, samples, machine);
}

const skipped = new Set<string>();

async function measureOnce(benchmark: Benchmark): Promise<Sample[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'adw-stream-bench-'));
  const skip = (reason: string) => {
    if (!skipped.has(reason)) console.log(`(${reason})\n`);
    skipped.add(reason);
  };
  try {
    const samples: Sample[] = [];
    for await (const sample of benchmark.measure({ size, scratch, skip })) {
      samples.push(sample);
      if (process.stderr.isTTY || process.env.BENCH_VERBOSE) console.error(JSON.stringify(sample));
    }
    return samples;
  } finally {
    await stopAll();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function record({ name }: Benchmark, samples: readonly Sample[], machine: Machine): void {
  mkdirSync('bench/results', { recursive: true });
  const line = { at: new Date().toISOString(), machine, size, samples };
  appendFileSync(join('bench/results', `${name}.ndjson`), `${JSON.stringify(line)}\n`);
}

function isCost({ before }: Goal): boolean {
  return before !== undefined;
}

function isWanted({ name, goals }: Benchmark): boolean {
  if (positionals.length === 0 || positionals.includes(name)) return true;
  return positionals.includes(COST) && goals(measuredIn([])).some(isCost);
}

const names = [...BENCHMARKS.map(({ name }) => name), COST];
const unknown = positionals.filter(name => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}.`);
  process.exit(2);
}
const machine = describeMachine();
console.log(
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}; Node ${machine.node}`,
);
console.log(`commit ${machine.commit}; load before: ${machine.loadBefore}`);
await pinSelf(CORE.load);
for (const benchmark of BENCHMARKS) {
  if (!isWanted(benchmark)) continue;
  try {
    await run(benchmark, machine);
  } catch (error) {
    console.error(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}
if (costs.length > 0) console.log(`\n## what a line costs\n\n${goalTable(costs)}`);
