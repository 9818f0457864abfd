import type { Benchmark } from '../benchmark.ts';
import { replay } from './replay.ts';

/** Every benchmark, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [replay];
