import { describe, expect, test } from 'vitest';
import { turnedMs } from '../../../src/adw/judgement.ts';
import { summarize } from '../../../src/adw/summary.ts';
import { alarmsSchema } from '../../../src/server/alarms/config.ts';
import { Fleet } from '../../../src/server/alarms/fleet.ts';
import { type Incident, incidentsOf, nextCheckMs, PAST_MS, type Seen } from '../../../src/server/alarms/rules.ts';
import { fold, LIMITS, log, START } from '../../adw/log.ts';

type Given = [string, Record<string, unknown>];

const rulesOf = (...rules: object[]) => alarmsSchema.parse({ rules }).rules;
const begun: Given = ['session_started', { agent_role: 'builder', model: 'm' }];
const ended = (data = {}): Given => [
  'session_ended',
  { agent_role: 'builder', subtype: 'success', is_error: false, result: 'done', num_turns: 1, ...data },
];

/** A run as the server sees it, `afterMs` after its last event; the log has said its state in the event `s1`. */
function seen(events: Given[], { afterMs = 0, said = 's1', fleet = new Fleet() } = {}): Seen {
  const state = fold(log(...events));
  const nowMs = (state.newest.ms ?? START) + afterMs;
  const summary = summarize(state, nowMs, LIMITS);
  fleet.note(summary);
  const present = { ...LIMITS, nowMs };
  return {
    summary,
    said: { status: summary.status, eventId: said },
    turnedMs: () => turnedMs(state, present),
    fleet,
    nowMs,
  };
}

const briefly = (incidents: Incident[]) => incidents.map(({ rule, key }) => `${rule.name} ${key}`);
/** When quiet has ended what nothing says the end of. */
const OVER = LIMITS.settleMs + 1;
const STATES = rulesOf(...['failed', 'ended_without_result', 'stalled', 'completed'].map(when => ({ when })));

describe('a rule about a state', () => {
  test.each<[string, Given[], number]>([
    ['failed', [begun, ended({ is_error: true })], OVER],
    ['completed', [begun, ended()], OVER],
    ['ended_without_result', [begun, ended({ result: '', stop_reason: 'tool_use' })], OVER],
    ['stalled', [begun], LIMITS.stallTimeoutMs + 1],
  ])('%s finds that state and no other, once for each time that the log says it', (when, events, afterMs) => {
    expect(briefly(incidentsOf(STATES, seen(events, { afterMs })))).toEqual([`${when} s1`]);
    expect(briefly(incidentsOf(STATES, seen(events, { afterMs, said: 's2' })))).toEqual([`${when} s2`]);
  });

  test('finds nothing that the log has not said, and tells why with the events that say so', () => {
    const now = seen([begun, ended({ is_error: true })], { afterMs: OVER });
    expect(incidentsOf(STATES, { ...now, said: { status: 'running', eventId: 's0' } })).toEqual([]);
    expect(incidentsOf(STATES, { ...now, said: undefined })).toEqual([]);
    expect(incidentsOf(STATES, now)).toMatchObject([
      { message: expect.stringMatching(/has failed: builder/), evidence: ['e2'] },
    ]);
  });
});

describe('what is of the past', () => {
  const failed = [begun, ended({ is_error: true })];

  test('is found by a rule that asks for it alone', () => {
    const late = { afterMs: OVER + PAST_MS + 1 };
    expect(incidentsOf(STATES, seen(failed, { afterMs: OVER + PAST_MS }))).toHaveLength(1);
    expect(incidentsOf(STATES, seen(failed, late))).toEqual([]);
    expect(incidentsOf(rulesOf({ when: 'failed', past: true }), seen(failed, late))).toHaveLength(1);
  });

  test('counts from when it came about: quiet that lasts long is no delay', () => {
    const events: Given[] = [begun];
    expect(briefly(incidentsOf(STATES, seen(events, { afterMs: 11 * LIMITS.stallTimeoutMs })))).toEqual([
      'ended_without_result s1',
    ]);
  });

  test('is what nobody knows the time of, and what lies ahead', () => {
    const guessed = failed.map(([type, data]): Given => [type, { ...data, timing: 'estimated' }]);
    expect(incidentsOf(STATES, seen(guessed, { afterMs: OVER }))).toEqual([]);
    expect(incidentsOf(STATES, seen(failed, { afterMs: -DAY_MS }))).toEqual([]);
  });

  const DAY_MS = 86_400_000;
});

test('a permission is found once for each request', () => {
  const asks = (message: string): Given => [
    'agent_log',
    { agent_role: 'builder', attempt: 1, level: 'WARNING', message, waiting: { for: 'permission', message } },
  ];
  const limit: Given = [
    'agent_log',
    { agent_role: 'builder', attempt: 1, level: 'WARNING', message: 'm', waiting: { for: 'rate_limit', message: 'm' } },
  ];
  const rules = rulesOf({ when: 'permission' });
  expect(briefly(incidentsOf(rules, seen([begun, asks('Bash')])))).toEqual(['permission e2']);
  expect(briefly(incidentsOf(rules, seen([begun, asks('Bash'), begun, asks('Edit')])))).toEqual(['permission e4']);
  expect(incidentsOf(rules, seen([begun, limit]))).toEqual([]);
});

describe('cost', () => {
  const cost = (usd: number) => [begun, ended({ total_cost_usd: usd, usage: { input_tokens: 1 } })];

  test('of a run is found above its budget, once for each budget', () => {
    const rules = rulesOf({ when: 'cost', above: 2 }, { when: 'cost', above: 3, name: 'more' });
    expect(incidentsOf(rules, seen(cost(2)))).toEqual([]);
    expect(briefly(incidentsOf(rules, seen(cost(2.5))))).toEqual(['cost run 2']);
    expect(briefly(incidentsOf(rules, seen(cost(4))))).toEqual(['cost run 2', 'more run 3']);
  });

  test('of a day is that of all runs that began on it, and is one for all of them', () => {
    const rules = rulesOf({ when: 'cost', per: 'day', above: 3 });
    const fleet = new Fleet();
    const one = seen(cost(2), { fleet });
    expect(incidentsOf(rules, one)).toEqual([]);
    fleet.note({ ...one.summary, adw_id: 'another1' });
    fleet.note({ ...one.summary, adw_id: 'yesterda', first_event_at: '2025-12-31T12:00:00.000Z' });
    expect(incidentsOf(rules, one)).toMatchObject([
      { key: 'day 2026-01-01 3', isOfAll: true, message: expect.stringContaining('have cost $4.00') },
    ]);
    fleet.forget('another1');
    expect(incidentsOf(rules, one)).toEqual([]);
  });
});

test('loops are found from their number on, once for each row', () => {
  const call = (id: string): Given[] => [
    ['tool_use_pre', { agent_role: 'builder', tool_name: 'Bash', tool_use_id: id, input: { command: 'ls' } }],
    ['tool_use_post', { agent_role: 'builder', tool_name: 'Bash', tool_use_id: id, success: true, status: 'success' }],
  ];
  const rules = rulesOf({ when: 'repeated_call', times: 4 });
  const three = ['a', 'b', 'c'].flatMap(call);
  expect(incidentsOf(rules, seen(three))).toEqual([]);
  expect(briefly(incidentsOf(rules, seen([...three, ...call('d')])))).toEqual(['repeated_call e1']);
  expect(briefly(incidentsOf(rules, seen([...three, ...call('d'), ...call('e')])))).toEqual(['repeated_call e1']);
});

describe('a slow phase', () => {
  const inTest = { agent_role: 'test_runner', phase: 'test' };
  const work: Given = ['status_update', { workflow_name: 'adw_sdlc', status: 'in_progress', message: 'm' }];
  const running: Given[] = [
    work,
    ['session_started', { ...inTest, model: 'm' }],
    ['text_block', { ...inTest, content: 'x' }],
  ];
  const now = (afterMs: number, fleet: Fleet) => seen(running, { afterMs, fleet });
  /** A fleet with earlier runs, whose test phases took so long. */
  const fleetOf = (...tookMs: number[]) => {
    const fleet = new Fleet();
    const { summary } = now(0, fleet);
    for (const [index, took] of tookMs.entries()) {
      const phases = summary.phases.map(phase => ({ ...phase, status: 'completed' as const, duration_ms: took }));
      fleet.note({
        ...summary,
        adw_id: `earlier${index}`,
        phases,
        first_event_at: `2025-12-0${index + 1}T00:00:00.000Z`,
      });
    }
    return fleet;
  };
  const rules = rulesOf({ when: 'slow_phase', times: 2 });

  test('is found after a multiple of the median of earlier runs, and looked for then', () => {
    const fleet = fleetOf(5_000, 20_000, 10_000);
    // The phase began a second before the last event.
    expect(incidentsOf(rules, now(18_999, fleet))).toEqual([]);
    expect(nextCheckMs(rules, now(5_000, fleet))).toBe(START + 1_000 + 20_000);
    expect(briefly(incidentsOf(rules, now(19_000, fleet)))).toEqual(['slow_phase test']);
    expect(briefly(incidentsOf(rulesOf({ when: 'slow_phase', phase: 'plan' }), now(60_000, fleet)))).toEqual([]);
  });

  test('is found though it was over before the rules were checked, and not for ever', () => {
    const over = (afterMs: number) =>
      seen([...running, ['session_ended', { ...inTest, subtype: 'success', is_error: false, result: 'done' }]], {
        afterMs,
        fleet: fleetOf(500, 500, 500),
      });
    expect(briefly(incidentsOf(rules, over(PAST_MS)))).toEqual(['slow_phase test']);
    expect(incidentsOf(rules, over(PAST_MS + 1))).toEqual([]);
    expect(incidentsOf(rulesOf({ when: 'slow_phase', times: 9 }), over(60_000))).toEqual([]);
  });

  test('needs enough earlier runs of the same workflow whose times are known', () => {
    expect(incidentsOf(rules, now(50_000, fleetOf(5_000, 5_000)))).toEqual([]);
    const fleet = fleetOf(5_000, 5_000);
    const { summary } = now(0, fleet);
    const phases = summary.phases.map(one => ({
      ...one,
      status: 'completed' as const,
      duration_ms: 5_000,
      duration_estimated: true,
    }));
    fleet.note({ ...summary, adw_id: 'guessed1', phases, first_event_at: '2025-12-05T00:00:00.000Z' });
    const known = summary.phases.map(one => ({ ...one, status: 'completed' as const, duration_ms: 5_000 }));
    fleet.note({
      ...summary,
      adw_id: 'anothr01',
      phases: known,
      workflow: 'other',
      first_event_at: '2025-12-05T00:00:00.000Z',
    });
    fleet.note({ ...summary, adw_id: 'later001', phases: known, first_event_at: '2027-01-01T00:00:00.000Z' });
    expect(incidentsOf(rules, now(50_000, fleet))).toEqual([]);
  });
});
