import { type Benchmark, type Goal, quantile, type Sample } from './benchmark.ts';

/** The samples of one case and subject, over the rounds. */
interface Row {
  readonly case: string;
  readonly subject: string;
  readonly samples: readonly Sample[];
}

/** A table (Markdown) of medians with their ranges, and of the ratio to the baseline in the same run. */
export function tableOf(benchmark: Benchmark, samples: readonly Sample[]): string {
  const rows = rowsOf(samples);
  const columns = [...new Set(samples.flatMap(({ values }) => Object.keys(values)))];
  const { ratioOf, baseline } = benchmark;
  const head = ['', '', ...columns, ...(ratioOf ? [`ratio (${ratioOf})`] : [])];
  const body = rows.map(row => {
    const base = rows.find(other => other.case === row.case && other.subject === baseline);
    const ratios = ratioOf ? [base ? ratioText(row, base, ratioOf) : '–'] : [];
    return [row.case, row.subject, ...columns.map(column => cell(row, column)), ...ratios];
  });
  return [head, head.map(() => '---'), ...body].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** The median of one value, for goals. */
export function medianIn(samples: readonly Sample[]) {
  const rows = rowsOf(samples);
  return (theCase: string, subject: string, value: string): number | undefined => {
    const row = rows.find(one => one.case === theCase && one.subject === subject);
    const values = row ? valuesOf(row, value) : [];
    return values.length === 0 ? undefined : quantile(values, 0.5);
  };
}

/** One line for a goal: met or not, and by what. */
export function goalText({ text, reached, atLeast, atMost }: Goal): string {
  if (reached === undefined) return `- not measured: ${text}`;
  const met = (atLeast === undefined || reached >= atLeast) && (atMost === undefined || reached <= atMost);
  const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  return `- ${met ? 'met' : '**not met**'}: ${text}: ${number(reached)} (goal: ${limit})`;
}

function rowsOf(samples: readonly Sample[]): Row[] {
  const rows = new Map<string, Row & { samples: Sample[] }>();
  for (const sample of samples) {
    const key = `${sample.case}\0${sample.subject}`;
    const row = rows.get(key) ?? { case: sample.case, subject: sample.subject, samples: [] };
    row.samples.push(sample);
    rows.set(key, row);
  }
  return [...rows.values()];
}

function valuesOf({ samples }: Row, column: string): number[] {
  return samples.map(({ values }) => values[column]).filter(value => value !== undefined);
}

function cell(row: Row, column: string): string {
  const values = valuesOf(row, column);
  if (values.length === 0) return '–';
  const median = number(quantile(values, 0.5));
  const [least, most] = [number(Math.min(...values)), number(Math.max(...values))];
  return least === most ? median : `${median} [${least}–${most}]`;
}

/** Rounds of one run are compared with the same round of the baseline: the machine changes from minute to minute. */
function ratioText(row: Row, base: Row, column: string): string {
  const bases = valuesOf(base, column);
  const ratios = valuesOf(row, column).map((value, index) => value / (bases[index] ?? Number.NaN));
  return number(quantile(ratios, 0.5));
}

function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
