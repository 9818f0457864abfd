import { type Benchmark, type Figure, type Goal, type Measured, quantile, ratio, type Sample } from './benchmark.ts';

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
  return markdown([head, ...body]);
}

/** What was measured, for goals. */
export function measuredIn(samples: readonly Sample[]): Measured {
  const rows = rowsOf(samples);
  return (theCase, subject, value) => {
    const row = rows.find(one => one.case === theCase && one.subject === subject);
    return row ? valuesOf(row, value) : [];
  };
}

/** One line for a goal: met or not, and by what. */
export function goalText(goal: Goal): string {
  if (goal.reached.length === 0) return `- not measured: ${goal.text}`;
  return `- ${verdict(goal)}: ${goal.text}: ${figureText(goal.reached)} (goal: ${limit(goal)})`;
}

/** A table (Markdown) of goals: what it was before, the goal, the median with its range, and whether it is met. */
export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(goal => [
    goal.text,
    goal.before ?? '–',
    limit(goal),
    figureText(goal.reached),
    goal.reached.length === 0 ? 'not measured' : verdict(goal),
  ]);
  return markdown([['', 'before', 'goal', 'reached', ''], ...rows]);
}

function verdict({ reached, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Goal): string {
  const median = quantile(reached, 0.5);
  return median >= atLeast && median <= atMost ? 'met' : '**not met**';
}

function limit({ atLeast, atMost }: Goal): string {
  return atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
}

function markdown([head = [], ...body]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map(cells => `| ${cells.join(' | ')} |`).join('\n');
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
  return figureText(valuesOf(row, column));
}

/** The median, and the range over the rounds. */
function figureText(values: Figure): string {
  if (values.length === 0) return '–';
  const median = number(quantile(values, 0.5));
  const [least, most] = [number(Math.min(...values)), number(Math.max(...values))];
  return least === most ? median : `${median} [${least}–${most}]`;
}

function ratioText(row: Row, base: Row, column: string): string {
  return number(quantile(ratio(valuesOf(row, column), valuesOf(base, column)), 0.5));
}

function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
