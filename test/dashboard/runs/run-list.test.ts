import { describe, expect, test } from 'vitest';
import {
  BY_URGENCY,
  chosenRuns,
  countsOf,
  PERIODS,
  type RunQuery,
  spanOf,
  tokenOf,
  wordsOf,
} from '../../../dashboard/src/runs/run-list.ts';
import type { ListedRun } from '../../../src/adw/listed-run.ts';
import { STATES } from '../../../src/event/run-state.ts';

const NOW = new Date(2026, 10, 26, 15, 0).getTime();
const HOUR_MS = 3_600_000;
const ALL: RunQuery = { q: '', status: '', period: 'all', from: '', to: '', sort: 'last', isReversed: false };

type Shown = Partial<Omit<ListedRun, 'totals'>> & { readonly totals?: Partial<ListedRun['totals']> };

/** A run that says no more than the list reads of it. */
function run(adw_id: string, { totals, ...said }: Shown = {}): ListedRun {
  const nothing = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };
  return {
    adw_id,
    status: 'completed',
    why: '',
    title: null,
    branch: null,
    workflow: null,
    issue_number: null,
    waiting: null,
    activity: null,
    phases: [],
    roles: [],
    models: [],
    first_event_at: null,
    last_event_at: null,
    elapsed_ms: null,
    ...said,
    totals: { ...nothing, cost_usd: null, cost_estimated: false, errors: 0, ...totals },
  } as ListedRun;
}

const at = (hoursAgo: number) => new Date(NOW - hoursAgo * HOUR_MS).toISOString();
const idsOf = (runs: readonly ListedRun[], query: Partial<RunQuery>) =>
  chosenRuns(runs, { ...ALL, ...query }, NOW).map(({ adw_id }) => adw_id);

describe('the list', () => {
  const runs = [
    run('old', { last_event_at: at(24 * 30), totals: { cost_usd: 3 } }),
    run('yesterday', { last_event_at: at(20), status: 'failed', why: 'builder failed: session limit reached' }),
    run('now', { last_event_at: at(0), status: 'running', totals: { cost_usd: 1 } }),
    run('timeless', { totals: { cost_usd: 2 } }),
  ];

  test('is ordered both ways, with what is unknown behind what is known', () => {
    expect(idsOf(runs, {})).toEqual(['now', 'yesterday', 'old', 'timeless']);
    expect(idsOf(runs, { isReversed: true })).toEqual(['old', 'yesterday', 'now', 'timeless']);
    expect(idsOf(runs, { sort: 'cost' })).toEqual(['old', 'timeless', 'now', 'yesterday']);
    expect(idsOf(runs, { sort: 'cost', isReversed: true })).toEqual(['now', 'timeless', 'old', 'yesterday']);
    const named = [run('b', { models: ['claude-opus-4-6'] }), run('a'), run('c', { models: ['gpt-5'] })];
    expect(idsOf(named, { sort: 'model' })).toEqual(['c', 'b', 'a']);
    expect(idsOf(named, { sort: 'model', isReversed: true })).toEqual(['b', 'c', 'a']);
  });

  test('of a day and of a week has what wrote something in them', () => {
    expect(idsOf(runs, { period: 'today' })).toEqual(['now']);
    expect(idsOf(runs, { period: 'week' })).toEqual(['now', 'yesterday']);
  });

  test('of a range has what wrote its last event on one of its days, both bounds included', () => {
    expect(idsOf(runs, { from: '2026-11-25' })).toEqual(['now', 'yesterday']);
    expect(idsOf(runs, { to: '2026-11-25' })).toEqual(['yesterday', 'old']);
    expect(idsOf(runs, { from: '2026-11-25', to: '2026-11-25' })).toEqual(['yesterday']);
    expect(wordsOf({ period: 'all', from: '2026-11-25', to: '' })).toBe('from 2026-11-25');
    expect([...PERIODS].map(period => wordsOf(spanOf(period)))).toEqual(['today', 'in the last seven days', '']);
  });

  test('is found by what its rows show, and by tokens', () => {
    expect(idsOf(runs, { q: 'limit' })).toEqual(['yesterday']);
    expect(idsOf(runs, { status: 'failed' })).toEqual(['yesterday']);
    const told = [
      run('a', {
        issue_number: '42',
        models: ['claude-opus-4-5'],
        phases: [
          { name: 'build', status: 'failed' },
          { name: 'ship', status: 'pending' },
        ] as ListedRun['phases'],
      }),
      run('b', { workflow: 'adw_plan_build', title: 'phase:build' }),
    ];
    expect(idsOf(told, { q: 'phase:build' })).toEqual(['a']);
    expect(idsOf(told, { q: 'phase:ship' })).toEqual([]);
    expect(idsOf(told, { q: 'model:OPUS issue:#42' })).toEqual(['a']);
    expect(idsOf(told, { q: 'workflow:plan' })).toEqual(['b']);
    expect(idsOf(told, { q: 'nothing:plan' })).toEqual([]);
  });

  test('is found by phases that failed or were tried again, by day, and by names with spaces', () => {
    const phases = [
      { name: 'Code Review', status: 'completed', attempts: 3 },
      { name: 'test', status: 'failed', attempts: 1 },
    ] as ListedRun['phases'];
    const told = [run('a', { phases, last_event_at: at(0) }), run('b', { title: 'code', last_event_at: at(48) })];
    expect(idsOf(told, { q: tokenOf('again', 'Code Review') })).toEqual(['a']);
    expect(idsOf(told, { q: 'failed:test' })).toEqual(['a']);
    expect(idsOf(told, { q: 'again:test' })).toEqual([]);
    expect(idsOf(told, { q: tokenOf('day', '2026-11-24') })).toEqual(['b']);
  });
});

test('every status has a filter, and a place in the order', () => {
  expect(BY_URGENCY.toSorted()).toEqual(STATES.toSorted());
});

test('what a person asks first counts each run once, and says what is not known of the cost', () => {
  const waiting = { status: 'waiting', waiting: 'permission' } as const;
  const runs = [
    run('a', { ...waiting, last_event_at: at(1), totals: { cost_usd: 1.5 } }),
    run('b', { ...waiting, last_event_at: at(1), totals: { cost_usd: 2 } }),
    run('c', { status: 'between_roles', last_event_at: at(1), totals: { cost_usd: 0.5 } }),
    run('d', { status: 'failed', last_event_at: at(2), totals: { cost_usd: 0 } }),
    run('e', { status: 'failed', last_event_at: at(48), totals: { cost_usd: 1 } }),
    run('f', { status: 'completed', last_event_at: at(24 * 8), totals: { cost_usd: 100 } }),
  ];
  const counts = { running: 0, between: 1, waiting: [['permission', 2]], stalled: 0, failedToday: 1, cost_usd: 5 };
  expect(countsOf(runs, NOW)).toEqual({ ...counts, cost_estimated: false, priced: 5, recent: 5 });
  const unknown = run('g', { status: 'stalled', last_event_at: at(1) });
  expect(countsOf([...runs, unknown], NOW)).toEqual({
    ...counts,
    stalled: 1,
    cost_estimated: true,
    priced: 5,
    recent: 6,
  });
  expect(countsOf([unknown], NOW).cost_usd).toBe(null);
});
