// One piece for both: the benchmarks run beside the tests, and draw from the same ports.
export { freePort } from '../../bench/subject/ports.ts';
