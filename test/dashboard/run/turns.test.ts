import { expect, test } from 'vitest';
import { turnsOf, turnsWithin, whyDear } from '../../../dashboard/src/run/turns.ts';

const TOKENS = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };

const usage = (seq: number, message: string, totals: Partial<typeof TOKENS>, more: Record<string, unknown> = {}) => ({
  type: 'usage_update',
  seq,
  data: {
    agent_role: 'builder',
    session_id: 's',
    parent_tool_use_id: null,
    message_id: message,
    model: 'm',
    timestamp: '2026-01-01T12:00:00Z',
    totals: { ...TOKENS, ...totals },
    cost_usd: null,
    ...more,
  },
});

test('a turn is what its session used more than before it; several events of one message are one turn', () => {
  const turns = turnsOf([
    usage(1, 'a', { output_tokens: 10 }, { cost_usd: 0.1 }),
    usage(2, 'a', { output_tokens: 30 }, { cost_usd: 0.3 }),
    usage(3, 'sub', { output_tokens: 5 }, { parent_tool_use_id: 't1', cost_usd: 0.05 }),
    usage(4, 'b', { output_tokens: 31, cache_read_input_tokens: 900 }, { cost_usd: 0.4 }),
  ]);
  expect(turns.map(({ seq, parent, output, cacheRead }) => ({ seq, parent, output, cacheRead }))).toEqual([
    { seq: 2, parent: '', output: 30, cacheRead: 0 },
    { seq: 3, parent: 't1', output: 5, cacheRead: 0 },
    { seq: 4, parent: '', output: 1, cacheRead: 900 },
  ]);
  expect(turns.map(({ costUsd }) => costUsd?.toFixed(2))).toEqual(['0.30', '0.05', '0.10']);
});

test('totals that fall begin anew, and a price that is not known makes no turn free', () => {
  const turns = turnsOf([
    usage(1, 'a', { output_tokens: 100 }, { cost_usd: 1 }),
    usage(2, 'b', { output_tokens: 20 }, { cost_usd: 0.2 }),
    usage(3, 'c', { output_tokens: 40 }),
  ]);
  expect(turns.map(({ output, costUsd }) => [output, costUsd])).toEqual([
    [100, 1],
    [20, 0.2],
    [20, undefined],
  ]);
});

test('turns cost no more than their attempt by its own account; where that is more, they stay at list price', () => {
  const turns = turnsOf([
    usage(1, 'a', { output_tokens: 10 }, { attempt: 1, cost_usd: 0.01 }),
    usage(2, 'b', { output_tokens: 40 }, { attempt: 1, cost_usd: 0.04 }),
    usage(3, 'c', { output_tokens: 10 }, { attempt: 2, cost_usd: 0.01 }),
    usage(4, 'd', { output_tokens: 20 }, { attempt: 2 }),
  ]);
  const attempts = (...costs: (number | null)[]) => costs.map((cost_usd, i) => ({ attempt: i + 1, cost_usd }));
  const costs = (...own: (number | null)[]) =>
    turnsWithin(turns, [{ role: 'builder', attempts: attempts(...own) }]).map(({ costUsd }) => costUsd?.toFixed(3));
  expect(costs(0.02, 0.5)).toEqual(['0.005', '0.015', '0.010', undefined]);
  expect(costs(null, null)).toEqual(['0.010', '0.030', '0.010', undefined]);
  expect(turnsWithin(turns, []).map(({ costUsd }) => costUsd)).toEqual(turns.map(({ costUsd }) => costUsd));
});

test('what made a turn dear is the part that cost most, not the one with most tokens', () => {
  const turn = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  expect(whyDear({ ...turn, output: 4_000, cacheRead: 100_000 })).toBe('output: 4.0k');
  expect(whyDear({ ...turn, output: 100, cacheRead: 180_000 })).toBe('long context: 180k from cache');
  expect(whyDear({ ...turn, cacheRead: 500, cacheWrite: 60_000 })).toBe('cache miss: 60.0k written');
  expect(whyDear({ ...turn, cacheRead: 70_000, cacheWrite: 60_000 })).toBe('new context: 60.0k written');
  expect(whyDear({ ...turn, input: 9_000 })).toBe('not cached: 9.0k');
  expect(whyDear(turn)).toBe('');
});
