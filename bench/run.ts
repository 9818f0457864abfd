import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmark/index.ts';
import type { Benchmark, Sample, Size } from './benchmark.ts';
import { CORE, pinSelf, stopAll } from './child.ts';
import { describeMachine, type Machine } from './machine.ts';
import { goalText, medianIn, tableOf } from './table.ts';

/**
 * `npm run bench -- [name…] [--short] [--rounds n]`: measures, prints tables, and appends the samples to bench/results/.
 * Those named are measured in full, three rounds each; all of them briefly and once.
 * The exit code is 1 when a benchmark lost, repeated or changed something.
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, rounds: { type: 'string' } },
});

const size: Size = flags.short ? 'short' : positionals.length > 0 ? 'full' : 'brief';
const rounds = Number(flags.rounds ?? (size === 'full' ? 3 : 1));

async function run(benchmark: Benchmark, machine: Machine): Promise<void> {
  console.log(`\n## ${benchmark.name}: ${benchmark.title(size)}\n`);
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) samples.push(...(await measureOnce(benchmark)));
  console.log(tableOf(benchmark, samples));
  if (size === 'short') return;
  console.log(`\n${benchmark.goals(medianIn(samples)).map(goalText).join('\n')}`);
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

const unknown = positionals.filter(name => !BENCHMARKS.some(benchmark => benchmark.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}; there are ${BENCHMARKS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const machine = describeMachine();
console.log(
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}; Node ${machine.node}`,
);
console.log(`commit ${machine.commit}; load before: ${machine.loadBefore}`);
await pinSelf(CORE.load);
for (const benchmark of BENCHMARKS) {
  if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
  try {
    await run(benchmark, machine);
  } catch (error) {
    console.error(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}`);
    process.exitCode = 1;
  }
}
