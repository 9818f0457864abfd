import { describe, expect, test } from 'vitest';
import {
  type Call,
  callsOf,
  comparedLines,
  firstDifference,
  medianFor,
  ownParts,
  partOf,
  partsIn,
} from '../../../dashboard/src/runs/compare.ts';
import type { ListedRun } from '../../../src/adw/listed-run.ts';
import type { Row } from '../../../src/adw/row.ts';
import type { AdwSummary } from '../../../src/adw/summary-shape.ts';

const tokens = (output_tokens: number) => ({
  input_tokens: 0,
  output_tokens,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
});
const spent = (cost_usd: number | null, output: number) => ({ cost_usd, cost_estimated: false, ...tokens(output) });
const timed = (duration_ms: number | null) => ({ duration_ms, duration_estimated: false });
const attempt = (number: number) => ({
  attempt: number,
  status: 'completed',
  tools: number,
  errors: 1,
  ...timed(number * 100),
  ...spent(number, number),
});

/** A run with a phase of one role, and two phases that share another. */
const RUN = {
  adw_id: 'run00001',
  status: 'completed',
  elapsed_ms: 5_000,
  elapsed_estimated: true,
  totals: { ...spent(3, 30), tools: 9, errors: 2 },
  files: [{ role: 'builder' }, { role: 'builder' }, { role: 'tester' }, { role: null }],
  roles: [
    { role: 'builder', tools: 5, errors: 0, ...spent(2, 20), attempts: [attempt(1)] },
    { role: 'tester', tools: 4, errors: 2, ...spent(1, 10), attempts: [attempt(1), attempt(2), attempt(3)] },
  ],
  phases: [
    { name: 'build', status: 'completed', attempts: 1, roles: ['builder'], ...timed(1_000), ...spent(2, 0) },
    { name: 'test', status: 'failed', attempts: 2, roles: ['tester'], ...timed(2_000), ...spent(1, 0) },
    { name: 'check', status: 'completed', attempts: 1, roles: ['tester'], ...timed(null), ...spent(null, 0) },
    { name: 'ship', status: 'pending', attempts: 0, roles: [], ...timed(null), ...spent(null, 0) },
  ],
} as unknown as AdwSummary;
const OTHER = {
  ...RUN,
  adw_id: 'run00002',
  phases: [RUN.phases[0], { ...RUN.phases[3]!, status: 'running' }],
} as AdwSummary;

describe('two runs', () => {
  test('are held against each other as a whole and phase by phase, without what cannot be told apart', () => {
    const lines = comparedLines({ run: RUN, part: '' }, { run: OTHER, part: '' });
    expect(lines.map(({ name }) => name)).toEqual(['', 'build', 'test', 'check', 'ship']);
    const [whole, build, testing, , ship] = lines;
    expect(whole?.sides[0]).toMatchObject({
      ms: 5_000,
      msEstimated: true,
      cost_usd: 3,
      tokens: 30,
      tools: 9,
      files: 4,
    });
    expect(build?.sides[0]).toMatchObject({ ms: 1_000, tokens: 20, tools: 5, files: 2, failures: 0, attempts: 1 });
    expect(testing?.sides[0]).toMatchObject({ cost_usd: 1, tokens: null, tools: null, files: null, failures: null });
    expect(testing?.sides[1]).toBe(undefined);
    expect(ship?.sides.map(side => side?.status)).toEqual([undefined, 'running']);
  });

  test('have a median beside them where three of the workflow have ended, of what is known of three', () => {
    const listed = (ms: number | null, more: object = {}) =>
      ({
        workflow: 'sdlc',
        status: 'completed',
        elapsed_ms: ms,
        totals: spent(ms === null ? null : ms / 100, 1),
        parts: { phases: [{ name: 'build', duration_ms: ms, cost_usd: 1 }], roles: [], models: [] },
        ...more,
      }) as unknown as ListedRun;
    const runs = [
      listed(100),
      listed(300),
      listed(200),
      listed(9, { status: 'running' }),
      listed(9, { workflow: 'b' }),
    ];
    expect(medianFor(runs, 'sdlc', '')).toMatchObject({ runs: 3, ms: 200, cost_usd: 2, tokens: 1 });
    expect(medianFor(runs, 'sdlc', 'build')).toMatchObject({
      runs: 3,
      ms: 200,
      cost_usd: 1,
      tokens: null,
      known: { ms: 3, cost: 3, tokens: 0 },
    });
    expect(medianFor(runs.slice(1), 'sdlc', '')).toBe(undefined);
    expect(medianFor([...runs.slice(1), listed(null)], 'sdlc', '')).toMatchObject({
      runs: 3,
      ms: null,
      cost_usd: null,
    });
    expect(medianFor(runs, 'sdlc', 'ship')).toBe(undefined);
  });
});

test('attempts are named by role and number, and a run is held against itself by those of the role that has most', () => {
  expect(partsIn(RUN)).toEqual(['builder:1', 'tester:1', 'tester:2', 'tester:3']);
  expect(partOf('a:b:2')).toEqual({ role: 'a:b', attempt: 2 });
  expect([partOf(''), partOf('builder'), partOf(':1')]).toEqual([undefined, undefined, undefined]);
  expect(ownParts(RUN)).toEqual(['tester:1', 'tester:3']);
  expect(ownParts({ ...RUN, roles: RUN.roles.slice(0, 1) })).toEqual(['', '']);
  const [line, ...rest] = comparedLines({ run: RUN, part: 'tester:1' }, { run: RUN, part: 'tester:9' });
  expect(line?.sides).toEqual([expect.objectContaining({ ms: 100, tools: 1, failures: 1, files: null }), undefined]);
  expect(rest).toEqual([]);
});

describe('the first difference', () => {
  const call = (summary: string, more: Partial<Row> = {}) =>
    ({ type: 'tool_use_pre', id: summary, role: 'builder', attempt: 1, tool: 'Bash', summary, ...more }) as Row;
  async function* pages(...all: readonly (readonly Row[])[]) {
    yield* all;
  }
  const between = (a: readonly Row[], b: readonly Row[]) =>
    firstDifference([callsOf(pages(a), ''), callsOf(pages(b), '')], ['run00001', 'run00002']);

  test('is the first tool call that is another one, but for the id of its run', async () => {
    const [a, b] = [call('cat agents/run00001/x'), call('cat agents/run00002/x')];
    const text = call('thinking', { type: 'text_block' });
    const found = await between([a, text, call('npm test')], [b, call('npm run lint')]);
    expect(found.same).toBe(1);
    expect(found.sides.map(side => side?.summary)).toEqual(['npm test', 'npm run lint']);
    expect((await between([call('ls')], [call('ls', { role: 'tester' })])).same).toBe(0);
  });

  test('is where one goes on alone, or nowhere', async () => {
    expect(await between([call('ls'), call('pwd')], [call('ls')])).toMatchObject({
      same: 1,
      sides: [{ summary: 'pwd' }, undefined],
    });
    expect(await between([call('ls')], [call('ls')])).toEqual({ same: 1, sides: [undefined, undefined] });
  });

  test('reads no further than it has to, and only the attempt that is asked for', async () => {
    let read = 0;
    async function* counted() {
      for (const page of [[call('ls')], [call('pwd')], [call('never')]]) {
        read++;
        yield page;
      }
    }
    await firstDifference([callsOf(counted(), ''), callsOf(pages([call('ls'), call('id')]), '')], ['a', 'b']);
    expect(read).toBe(2);
    const own: Call[] = [];
    for await (const one of callsOf(pages([call('ls'), call('id', { attempt: 2 })]), 'builder:2')) own.push(one);
    expect(own.map(({ summary }) => summary)).toEqual(['id']);
  });
});
