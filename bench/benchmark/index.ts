import type { Benchmark } from '../benchmark.ts';
import { connections } from './connections.ts';
import { dashboard } from './dashboard.ts';
import { fanout } from './fanout.ts';
import { fanoutRate } from './fanout-rate.ts';
import { filters } from './filters.ts';
import { formats } from './formats.ts';
import { growth } from './growth.ts';
import { ingest } from './ingest.ts';
import { latency, latencyLast } from './latency.ts';
import { recovery } from './recovery.ts';
import { replay } from './replay.ts';
import { replayServe } from './replay-serve.ts';
import { startUp } from './start-up.ts';
import { store } from './store.ts';
import { stores } from './stores.ts';
import { stuck } from './stuck.ts';
import { upBenchmark } from './up.ts';
import { watch } from './watch.ts';

/** Every benchmark, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  replay,
  replayServe,
  upBenchmark,
  formats,
  latency,
  watch,
  ingest,
  fanout,
  fanoutRate,
  filters,
  connections,
  stuck,
  recovery,
  store,
  stores,
  growth,
  dashboard,
  startUp,
  latencyLast,
];
