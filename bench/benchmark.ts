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

/** A value in each round; none where nothing was measured. */
export type Figure = readonly number[];

/** A goal, and the figure that it is about. */
export interface Goal {
  readonly text: string;
  readonly reached: Figure;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What it was before the work on what a line costs. A goal that says this is a row of that table, which `cost` prints. */
  readonly before?: string | undefined;
}

/** Looks up what was measured. */
export type Measured = (theCase: string, subject: string, value: string) => Figure;

/** A benchmark: measures once per round, throws when anything was lost, repeated or changed. */
export interface Benchmark {
  readonly name: string;
  readonly title: (size: Size) => string;
  /** The value whose ratio to `baseline` is printed. */
  readonly ratioOf?: string;
  /** The subject that others are compared with. */
  readonly baseline?: string;
  measure(context: Context): AsyncIterable<Sample>;
  goals(measured: Measured): readonly Goal[];
}

/** `a / b` in each round: the machine changes from minute to minute, so that only what one round measured can be compared. */
export function ratio(a: Figure, b: Figure): Figure {
  return perRound((own, other) => own / other, a, b);
}

/** A figure made of others, round by round; none where one of them was not measured. */
export function perRound(combine: (...values: number[]) => number, ...figures: readonly Figure[]): Figure {
  const rounds = Math.min(...figures.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => combine(...figures.map(figure => figure[round] as number)));
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
