/**
 * How much is measured. `full`: what the goals are about; `brief`: enough for a figure, so that all benchmarks together take
 * about ten minutes; `short`: seconds, for correctness alone.
 */
export type Size = 'full' | 'brief' | 'short';

/**
 * ms without anything more having come, after which what is still waited for is lost. How long all of it takes is what is measured,
 * and what a machine does beside it is no loss.
 */
export const LOST_MS = 60_000;

/** What a benchmark may use. */
export interface Context {
  readonly size: Size;
  /** An empty directory of the benchmark's own, removed when it ends. */
  readonly scratch: string;
  /** Says why something was left out. */
  skip(reason: string): void;
}

/** One measurement: what was measured, of which program, in which case. */
export interface Sample {
  readonly case: string;
  readonly subject: string;
  readonly values: Readonly<Record<string, number>>;
}

/** A goal, and the figure that it is about. */
export interface Goal {
  readonly text: string;
  /** The figure reached; undefined where it could not be measured. */
  readonly reached: number | undefined;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The median of a value over the rounds; undefined where nothing was measured. */
export type Median = (theCase: string, subject: string, value: string) => number | undefined;

/** A benchmark: measures once per round, throws when anything was lost, repeated or changed. */
export interface Benchmark {
  readonly name: string;
  readonly title: (size: Size) => string;
  /** The value whose ratio to `baseline` is printed. */
  readonly ratioOf?: string;
  /** The subject that others are compared with. */
  readonly baseline?: string;
  measure(context: Context): AsyncIterable<Sample>;
  goals(median: Median): readonly Goal[];
}

/** `a / b`, where both were measured. */
export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

/** The `part` (0 to 1) quantile. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Throws, with what was wrong, when a check found faults. */
export function requireNoFaults(what: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${what}: ${faults.join('; ')}`);
}
