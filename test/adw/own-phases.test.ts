import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { summarize } from '../../src/adw/fold.ts';
import { judge } from '../../src/adw/judgement.ts';
import { phaseAt } from '../../src/adw/own-phases.ts';
import { PROCESS_KNOWN_MS } from '../../src/event/limits.ts';
import { fold, LIMITS, log, START, summaryOf } from './log.ts';

type Given = [string, Record<string, unknown>];

const MINUTE = 60_000;
const iso = (afterMs: number) => new Date(START + afterMs).toISOString();
const at = (afterMs: number) => ({ timestamp: iso(afterMs) });
const phase = (name: string, index: number, more: object): Given => [
  'phase_update',
  { phase: name, index, kind: 'agent', attempt: 1, ...more },
];
const lines = (role: string, afterMs: number, cost: number, session = role): Given[] => [
  ['session_started', { agent_role: role, session_id: session, attempt: 1, ...at(afterMs) }],
  [
    'usage_update',
    {
      ...at(afterMs + 100),
      agent_role: role,
      session_id: session,
      attempt: 1,
      estimated: false,
      cost_usd: cost,
      totals: { input_tokens: cost * 1_000, output_tokens: 0 },
    },
  ],
];

/** A run of four phases: `builder` builds and fixes, code checks in between and failed once. */
const RUN: Given[] = [
  phase('scout', 0, { owner: 'scout', state: 'completed', started_at: iso(0), ended_at: iso(10_000) }),
  phase('make it', 1, { owner: 'builder', state: 'completed', started_at: iso(10_000), ended_at: iso(20_000) }),
  phase('check', 2, { kind: 'code', state: 'failed', started_at: iso(20_000), ended_at: iso(25_000), error: '2 fail' }),
  phase('check', 2, { kind: 'code', attempt: 2, state: 'running', started_at: iso(40_000) }),
  phase('fix', 3, { owner: 'builder', state: 'completed', started_at: iso(30_000), ended_at: iso(40_000) }),
  phase('publish', 4, { kind: 'code', state: 'pending' }),
  ...lines('scout', 1_000, 1),
  ...lines('builder', 11_000, 2),
  ...lines('builder', 31_000, 5),
  [
    'gate_result',
    {
      gate: 'tests',
      phase: 'check',
      attempt: 1,
      passed: false,
      checks: ['npm test', { n: 2 }, { item: 'a.md', ok: false, note: 'missing' }],
      ...at(25_000),
    },
  ],
  ['gate_result', { gate: 'lint', passed: true, ...at(39_000) }],
];

describe('a run that names its phases', () => {
  const summary = summaryOf(log(...RUN));

  test('has its own, in its order, with kind, state, attempts, error and owner', () => {
    expect(summary.phases.map(one => [one.name, one.kind, one.status, one.attempts, one.owner])).toEqual([
      ['scout', 'agent', 'completed', 1, 'scout'],
      ['make it', 'agent', 'completed', 1, 'builder'],
      ['check', 'code', 'running', 2, null],
      ['fix', 'agent', 'completed', 1, 'builder'],
      ['publish', 'code', 'pending', 0, null],
    ]);
    expect(summary.phases[2]?.tries).toMatchObject([
      { attempt: 1, state: 'failed', error: '2 fail', ended_at: iso(25_000) },
      { attempt: 2, state: 'running', error: null, ended_at: null },
    ]);
    expect(summary.phases[0]).toMatchObject({ duration_ms: 10_000, duration_estimated: false, source: 'workflow' });
    // Two attempts, and what lies between them is neither's.
    expect(summary.phases[2]?.duration_ms).toBe(5_000);
    expect(summary).toMatchObject({ phase: 'check' });
  });

  test('shows what gates checked with their phase; one that names none with the phase that had begun', () => {
    expect(summary.phases[2]?.gates).toMatchObject([
      { gate: 'tests', attempt: 1, passed: false, checks: ['npm test', '{"n":2}', '✗ a.md: missing'] },
    ]);
    expect(summary.phases[3]?.gates).toMatchObject([{ gate: 'lint', attempt: null, passed: true }]);
  });

  test('has its roles in the phases that they own, and what they cost there', () => {
    expect(summary.phases.map(one => one.roles)).toEqual([['scout'], ['builder'], [], ['builder'], []]);
    expect(summary.phases.map(one => one.cost_usd)).toEqual([1, 2, null, 3, null]);
    expect(summary.roles.map(one => [one.role, one.phase])).toEqual([
      ['scout', 'scout'],
      ['builder', 'fix'],
    ]);
    expect(summary.totals.cost_usd).toBe(6);
  });

  test('gathers roles that it gives no phase under `other`, whatever their names mean in a classic run', () => {
    const { phases } = summaryOf(log(...RUN, ...lines('sdlc_planner', 41_000, 1)));
    expect(phases.at(-1)).toMatchObject({ name: 'other', roles: ['sdlc_planner'], kind: null });
  });

  test('is the same for every order of what is told of different phases and roles', () => {
    const [own, rest] = [RUN.slice(0, 6), RUN.slice(6)];
    const later = summaryOf(log(...rest.map(keepTime(6)), ...own));
    expect(later.phases).toMatchObject(summary.phases.map(({ gates: _, ...one }) => one));
  });

  test('has no more than it can hold', () => {
    const many = Array.from({ length: 150 }, (_, i) => phase(`p${i}${'x'.repeat(200)}`, i, { state: 'pending' }));
    const flooded = summaryOf(log(...many, phase('__proto__', 0, { state: 'running' })));
    expect(flooded.phases).toHaveLength(100);
    expect(flooded.beyond_limits).toBe(51);
    expect(flooded.phases.every(({ name }) => name.length <= 80)).toBe(true);
  });
});

/** Events that come later in the log happened when they did. */
function keepTime(index: number) {
  return ([type, data]: Given, i: number): Given => [type, { timestamp: iso((index + i) * 1_000), ...data }];
}

test('the phase of a role is one of its own, at every moment, and the same in every order', () => {
  const turn = fc.record({
    phase: fc.constantFrom('a', 'b', 'c'),
    owner: fc.constantFrom('x', 'y', null),
    startedMs: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1 }).map(([ms = 0]) => ms)),
  });
  const turns = fc.uniqueArray(turn, { selector: one => one.startedMs });
  fc.assert(
    fc.property(turns, fc.option(fc.integer({ min: 0, max: 9 })), (given, ms) => {
      const found = phaseAt(given, 'x', ms);
      expect(found === null).toBe(!given.some(({ owner }) => owner === 'x'));
      expect(phaseAt(given.toReversed(), 'x', ms)).toBe(found);
    }),
  );
});

describe('the judgement of a run that names its phases', () => {
  const judged = (given: readonly Given[], afterMs: number) =>
    judge(fold(log(...given)), { nowMs: START + afterMs, ...LIMITS });
  const scout = phase('scout', 0, { owner: 'scout', state: 'completed', started_at: iso(0), ended_at: iso(1_000) });
  const ended: Given = ['session_ended', { agent_role: 'scout', subtype: 'success', is_error: false, ...at(1_000) }];
  const check = (more: object) => phase('check', 1, { kind: 'code', started_at: iso(1_000), ...more });

  test.each([
    ['goes on while code does its phase', check({ state: 'running' }), MINUTE, 'between_roles', 'the phase check runs'],
    ['stalls where that takes long', check({ state: 'running' }), 2 * MINUTE, 'stalled', 'the phase check runs'],
    [
      'has failed with a phase',
      check({ state: 'failed', error: '2 fail' }),
      2 * MINUTE,
      'failed',
      'check failed: 2 fail',
    ],
    [
      'is not done before all have begun',
      check({ state: 'pending', started_at: null }),
      2 * MINUTE,
      'ended_without_result',
      'check never began',
    ],
    [
      'is done with the last',
      check({ state: 'completed', ended_at: iso(1_000) }),
      2 * MINUTE,
      'completed',
      'scout ended with success',
    ],
  ])('%s', (_, last, afterMs, state, reason) => {
    expect(judged([scout, ended, last], afterMs)).toMatchObject({ state, reason: expect.stringContaining(reason) });
  });

  test('goes by the agent where the phase was only worked out from its files', () => {
    const own = phase('scout', 0, { owner: 'scout', state: 'running', started_at: iso(0), inferred: true });
    const given = [own, ended];
    expect(judged(given, 2 * MINUTE)).toMatchObject({ state: 'completed' });
    expect(summaryOf(log(...given)).phases).toMatchObject([{ name: 'scout', status: 'completed' }]);
  });

  test('needs no role where code does all of it', () => {
    const all = [check({ state: 'completed', ended_at: iso(2_000) })];
    expect(judged(all, 2 * MINUTE)).toMatchObject({ state: 'completed' });
    expect(judged([check({ state: 'failed' })], 2 * MINUTE)).toMatchObject({ state: 'failed' });
  });
});

describe('a process that its watcher sees', () => {
  const begins: Given = ['session_started', { agent_role: 'builder', attempt: 1, ...at(0) }];
  const seen = (afterMs: number, more: object = {}): Given => [
    'process_update',
    {
      kind: 'agent',
      name: 'pi',
      pid: 4711,
      agent_role: 'builder',
      started_at: iso(0),
      is_alive: true,
      ...at(afterMs),
      ...more,
    },
  ];
  const judged = (given: readonly Given[], afterMs: number) =>
    judge(fold(log(...given)), { nowMs: START + afterMs, ...LIMITS });

  test('keeps a silent agent from counting as stalled while it lives, and longer than nobody can know', () => {
    const given = [begins, seen(30 * MINUTE)];
    expect(judged(given, 31 * MINUTE)).toMatchObject({
      state: 'running',
      reason: 'builder: no event for 31:00; its process (pi, pid 4711) lives',
      evidence: ['e2', 'e1'],
      nextCheckMs: START + 30 * MINUTE + LIMITS.stallTimeoutMs + 1,
    });
    const lateMs = 30 * MINUTE + PROCESS_KNOWN_MS;
    expect(judged([begins, seen(3 * MINUTE)], 3 * MINUTE + PROCESS_KNOWN_MS).state).toBe('running');
    expect(judged([begins, seen(3 * MINUTE)], 3 * MINUTE + PROCESS_KNOWN_MS + 1).state).toBe('stalled');
    expect(judged(given, lateMs + 1).state).toBe('ended_without_result');
  });

  test.each([
    ['is seen gone', { is_alive: false }],
    ['was told to have ended', { is_alive: null, ended_at: iso(10_000) }],
  ])('ends its agent at once where it %s: but its last lines may still be read', (_, more) => {
    const given = [begins, seen(5_000), seen(10_000, more)];
    expect(judged(given, 12_000)).toMatchObject({ state: 'running', nextCheckMs: START + 15_001 });
    expect(judged(given, 15_001)).toMatchObject({
      state: 'between_roles',
      reason: expect.stringMatching(
        /^builder stopped without a result line; its process \(pi, pid 4711\) has ended, and its outcome is unknown, 5\.\ds ago/,
      ),
    });
    const state = fold(log(...given));
    expect(summarize(state, START + 15_001, LIMITS).roles).toMatchObject([{ status: 'ended_without_result' }]);
  });

  test('says nothing of an agent that has ended, that another process goes on with, or that wrote after it', () => {
    const gone = seen(10_000, { is_alive: false });
    const result: Given = [
      'session_ended',
      { agent_role: 'builder', attempt: 1, subtype: 'success', is_error: false, ...at(9_000) },
    ];
    expect(judged([begins, result, gone], 20_000)).toMatchObject({ state: 'between_roles' });
    expect(judged([begins, gone, seen(12_000, { pid: 4712, started_at: iso(11_000) })], 20_000).state).toBe('running');
    const wrote: Given = ['text_block', { agent_role: 'builder', attempt: 1, content: 'x', ...at(18_000) }];
    expect(judged([begins, gone, wrote], 20_000).state).toBe('running');
    expect(judged([begins, seen(10_000, { is_alive: false, agent_role: 'scout' })], 20_000).state).toBe('running');
  });

  test('is no event of the run: its times are those of the sidecar that checked', () => {
    const { first_event_at, last_event_at } = summaryOf(log(begins, seen(30 * MINUTE, { is_alive: false })));
    expect([first_event_at, last_event_at]).toEqual([iso(0), iso(0)]);
  });
});
