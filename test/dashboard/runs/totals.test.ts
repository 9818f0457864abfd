import { describe, expect, test } from 'vitest';
import { answersOf, dayOf, medianOf, totalsOf } from '../../../dashboard/src/runs/totals.ts';
import type { ListedRun, RunParts } from '../../../src/adw/listed-run.ts';

type Said = Partial<Omit<ListedRun, 'totals' | 'parts'>> & {
  readonly totals?: Partial<ListedRun['totals']>;
  readonly phases?: never;
  readonly parts?: Partial<Record<keyof RunParts, readonly object[]>>;
};

const NO_TOKENS = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };
const NOTHING = { ...NO_TOKENS, cost_usd: null, cost_estimated: false };

/** A run that says no more than the totals read of it. */
function run({ totals, parts, ...said }: Said = {}): ListedRun {
  return {
    adw_id: 'a',
    status: 'completed',
    workflow: 'sdlc',
    last_event_at: null,
    elapsed_ms: null,
    elapsed_estimated: false,
    ...said,
    totals: { ...NOTHING, errors: 0, ...totals },
    ...(parts && { parts: { phases: [], roles: [], models: [], ...parts } }),
  } as unknown as ListedRun;
}

const phase = (name: string, more: object = {}) => ({
  name,
  status: 'completed',
  attempts: 1,
  duration_ms: 1_000,
  duration_estimated: false,
  cost_usd: 1,
  cost_estimated: false,
  ...more,
});

describe('what runs took together', () => {
  test('counts those that ended, and of them those that are completed', () => {
    const runs = ['completed', 'completed', 'failed', 'ended_without_result', 'running', 'waiting'] as const;
    const { all } = totalsOf(runs.map(status => run({ status })));
    expect(all).toMatchObject({ runs: 6, ended: 4, completed: 2, failed: 1 });
  });

  test('is null where nobody knows it, and at least so much where some do', () => {
    expect(totalsOf([run(), run()]).all).toMatchObject({ cost_usd: null, tokens: null, ms: null, medianMs: null });
    const known = run({ totals: { cost_usd: 2, input_tokens: 10 }, elapsed_ms: 500 });
    expect(totalsOf([known, known]).all).toMatchObject({
      cost_usd: 4,
      cost_estimated: false,
      tokens: 20,
      ms: 1_000,
      msEstimated: false,
    });
    expect(totalsOf([known, run()]).all).toMatchObject({
      cost_usd: 2,
      cost_estimated: true,
      ms: 500,
      msEstimated: true,
      medianMs: 500,
      // The median is of one run, of which the time was measured.
      medianEstimated: false,
      known: { cost: 1, tokens: 1, ms: 1 },
      runs: 2,
    });
    const least = run({ totals: { cost_usd: 2, cost_estimated: true }, elapsed_ms: 500, elapsed_estimated: true });
    expect(totalsOf([least]).all).toMatchObject({ cost_estimated: true, msEstimated: true });
    expect(totalsOf([]).all).toMatchObject({ runs: 0, ended: 0, cost_usd: null, cost_estimated: false });
  });

  test('takes its times of what has ended: what has not takes longer while it is watched', () => {
    const part = (status: string, duration_ms: number) => ({
      ...phase('plan', { status, duration_ms }),
      role: 'planner',
    });
    const at = (status: ListedRun['status'], ms: number) => {
      const parts = { phases: [part(status, ms)], roles: [{ ...part(status, ms), ...NO_TOKENS, errors: 0 }] };
      return run({ status, elapsed_ms: ms, parts });
    };
    const totals = totalsOf([at('completed', 500), at('running', 9_000), at('stalled', 8_000), at('waiting', 7_000)]);
    for (const one of [totals.all, totals.phases[0], totals.roles[0]])
      expect(one).toMatchObject({ runs: 4, ms: 500, msEstimated: true, medianMs: 500, known: { ms: 1 } });
    expect(answersOf(totalsOf([at('running', 9_000)])).slowest).toBeUndefined();
  });

  test('is told by day, workflow, phase, role and model, the dearest first and the newest day first', () => {
    const at = (day: number) => new Date(2026, 10, day, 12).toISOString();
    const runs = [
      run({
        workflow: null,
        last_event_at: at(2),
        totals: { cost_usd: 1 },
        parts: {
          phases: [phase('plan')],
          roles: [{ ...phase(''), ...NO_TOKENS, role: 'planner', errors: 2, attempts: 2 }],
          models: [{ ...NO_TOKENS, model: 'opus', cost_usd: 1, cost_estimated: false, output_tokens: 7 }],
        },
      }),
      run({
        last_event_at: at(3),
        totals: { cost_usd: 5 },
        parts: { phases: [phase('plan'), phase('build', { cost_usd: 4 })] },
      }),
      run({ totals: { cost_usd: 3 } }),
    ];
    const totals = totalsOf(runs);
    const named = (list: readonly { name: string; cost_usd: number | null }[]) =>
      list.map(({ name, cost_usd }) => [name, cost_usd]);
    expect(named(totals.days)).toEqual([
      ['2026-11-03', 5],
      ['2026-11-02', 1],
      ['', 3],
    ]);
    expect(named(totals.workflows)).toEqual([
      ['sdlc', 8],
      ['', 1],
    ]);
    expect(named(totals.phases)).toEqual([
      ['build', 4],
      ['plan', 2],
    ]);
    expect(totals.roles).toMatchObject([{ name: 'planner', runs: 1, errors: 2, again: 1, attemptsMax: 2 }]);
    expect(totals.models).toMatchObject([{ name: 'opus', runs: 1, tokens: 7, ms: null, ended: 0 }]);
    expect(dayOf(runs[0]!)).toBe('2026-11-02');
  });

  test('says which phase failed most, which is slowest and which was tried again, and nothing where none did', () => {
    const of = (...phases: readonly object[]) => run({ parts: { phases } });
    const failed = { status: 'failed' };
    const totals = totalsOf([
      of(phase('test', failed), phase('review', { attempts: 3 }), phase('build', { duration_ms: 9_000 })),
      of(phase('test', failed), phase('review', failed), phase('build', { duration_ms: null })),
      of(phase('test'), phase('plan', { status: 'running', duration_ms: 3_000 })),
    ]);
    expect(answersOf(totals)).toMatchObject({
      fails: { name: 'test', failed: 2, ended: 3 },
      slowest: { name: 'build', medianMs: 9_000, msEstimated: true },
      again: { name: 'review', again: 1, attemptsMax: 3, runs: 2 },
    });
    const nothing = { fails: undefined, failingRole: undefined, slowest: undefined, again: undefined };
    expect(answersOf(totalsOf([run()]))).toEqual(nothing);
    const roles = [{ ...phase(''), ...NO_TOKENS, role: 'fetcher', errors: 0, ...failed }];
    expect(answersOf(totalsOf([run({ parts: { roles } })]))).toMatchObject({
      fails: undefined,
      failingRole: { name: 'fetcher', failed: 1 },
    });
  });
});

test('the median is the one in the middle, or between the two', () => {
  expect([[], [3], [9, 1, 3], [4, 1, 2, 3]].map(medianOf)).toEqual([null, 3, 3, 2.5]);
});
