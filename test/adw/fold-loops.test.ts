import { describe, expect, test } from 'vitest';
import { callKey } from '../../src/adw/call-key.ts';
import { turnedMs } from '../../src/adw/judgement.ts';
import { fold, LIMITS, log, START, summaryOf } from './log.ts';

type Given = [string, Record<string, unknown>];

let calls = 0;
const source = { path: 'tester/raw_output.jsonl', fingerprint: 'f', offset: 0, length: 1 };
const line = (fields: Record<string, unknown>) => ({ agent_role: 'tester', timing: 'exact', source, ...fields });
const pre = (id: string, input: unknown, more = {}): Given => [
  'tool_use_pre',
  line({ tool_name: 'Bash', tool_use_id: id, input, ...more }),
];
const post = (id: string, success: boolean, more = {}): Given => [
  'tool_use_post',
  line({ tool_name: 'Bash', tool_use_id: id, success, status: success ? 'success' : 'error', ...more }),
];
/** A command with its end. */
const ran = (command: string, success: boolean, more = {}): Given[] => {
  const id = `call-${++calls}`;
  return [pre(id, { command }, more), post(id, success, more)];
};
const edited = (more = {}): Given => ['file_changed', line({ file_path: 'src/a.ts', operation: 'modify', ...more })];
const loopsOf = (...events: Given[]) =>
  summaryOf(log(...events)).loops.map(({ kind, argument, count, first_event_id }) => ({
    kind,
    argument,
    count,
    first_event_id,
  }));

describe('the same call in a row', () => {
  test('is told from the third on, with the first event of the row', () => {
    expect(loopsOf(...ran('ls', true), ...ran('ls', true))).toEqual([]);
    expect(loopsOf(...ran('pwd', true), ...ran('ls', true), ...ran('ls', true), ...ran('ls', true))).toEqual([
      { kind: 'repeated_call', argument: 'ls', count: 3, first_event_id: 'e3' },
    ]);
  });

  test('is broken off by another call, and by the end of the session', () => {
    const three = [...ran('ls', true), ...ran('ls', true), ...ran('ls', true)];
    expect(loopsOf(...three, ...ran('pwd', true), ...ran('ls', true))).toEqual([]);
    expect(loopsOf(...three, ['session_ended', line({ subtype: 'success', is_error: false, result: 'ok' })])).toEqual(
      [],
    );
  });

  test('counts for each agent by itself, and not what was taken back', () => {
    const own = { parent_tool_use_id: 'toolu_sub' };
    const mixed = [0, 1, 2].flatMap(() => [...ran('ls', true), ...ran('pwd', true, own)]);
    expect(loopsOf(...mixed).map(({ argument, count }) => [argument, count])).toEqual([
      ['ls', 3],
      ['pwd', 3],
    ]);
    const back = post('gone', false, { status: 'retracted' });
    expect(loopsOf(...ran('ls', true), ...ran('ls', true), pre('gone', { command: 'ls' }), back)).toEqual([]);
  });

  test('is not told of inputs that the events do not have whole', () => {
    const cut = { truncated: true };
    expect(loopsOf(...ran('ls', true, cut), ...ran('ls', true, cut), ...ran('ls', true, cut))).toEqual([]);
  });

  test('is not told twice where a client posts what the lines tell', () => {
    const twice = [1, 2].flatMap(number => {
      const [before, after] = ran('ls', true);
      return [before, [before![0], { ...before![1], source: undefined, number }], after] as Given[];
    });
    expect(loopsOf(...twice)).toEqual([]);
  });
});

describe('a command that fails again after a change', () => {
  test('counts the changes that did not help, of whatever role, until it succeeds', () => {
    const fix = edited({ agent_role: 'fixer', source: { ...source, path: 'fixer/raw_output.jsonl' } });
    const failing = [...ran('npm test', false), fix, fix, ...ran('npm test', false), fix, ...ran('npm test', false)];
    expect(loopsOf(...failing)).toContainEqual({
      kind: 'failing_test',
      argument: 'npm test',
      count: 2,
      first_event_id: expect.any(String),
    });
    expect(loopsOf(...failing, ...ran('npm test', true)).filter(({ kind }) => kind === 'failing_test')).toEqual([]);
  });

  test('is none without a change between the failures', () => {
    expect(loopsOf(edited(), ...ran('npm test', false), ...ran('npm test', false))).toEqual([]);
  });

  test('counts nothing by times that nobody knows', () => {
    const guessed = { timing: 'estimated' };
    expect(loopsOf(...ran('npm test', false, guessed), edited(guessed), ...ran('npm test', false, guessed))).toEqual(
      [],
    );
  });

  test('is no call of a tool that runs no command', () => {
    const write = (id: string) => ({ tool_name: 'Edit', tool_use_id: id });
    const events = ['a', 'b'].flatMap(id => [
      pre(id, { file_path: 'x' }, write(id)),
      post(id, false, write(id)),
      edited(),
    ]);
    expect(loopsOf(...events)).toEqual([]);
  });
});

test('the same call has the same key, and another one another', () => {
  const keys = ['ls', 'ls -l', 'ls -a'].map(command => callKey('Bash', { command }, false));
  expect(new Set(keys).size).toBe(3);
  expect(callKey('Bash', { command: 'ls' }, false)).toBe(keys[0]);
  expect(callKey('Bash', { command: 'ls' }, true)).toBeNull();
});

describe('the newest known time', () => {
  const known = (...events: Given[]) => summaryOf(log(...events)).last_known_at;

  test('is written or seen, and neither a file’s own nor that of a copy', () => {
    const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
    expect(known(edited(), edited({ timing: 'estimated' }), edited({ timing: 'unknown' }))).toBe(at(0));
    expect(known(edited({ timing: 'observed' }))).toBe(at(0));
    expect(
      known(['agent_created', { agent_role: 'tester', timing: 'observed', source: { path: 'tester' } }]),
    ).toBeNull();
    expect(known(['agent_log', { message: 'posted', level: 'INFO' }])).toBe(at(0));
  });

  test('of a log is one that its own clock agrees with', () => {
    const entry = (logged_at: string): Given => [
      'workflow_log',
      {
        workflow_name: 'adw',
        message: 'm',
        level: 'INFO',
        event_type: 'execution_log',
        timing: 'observed',
        logged_at,
        source: { path: 'adw/execution.log' },
      },
    ];
    expect(known(entry('2026-01-01 21:00:00'))).not.toBeNull();
    expect(known(entry('2025-11-01 12:00:00'))).toBeNull();
  });
});

test('the moment at which quiet made a run what it is follows from its times alone', () => {
  const ended: Given = ['session_ended', line({ subtype: 'success', is_error: false, result: 'ok' })];
  const events = log(['attempt_started', line({ attempt: 1, reason: 'new' })], ended);
  const state = fold(events);
  const day = { ...LIMITS, nowMs: START + 86_400_000 };
  expect(turnedMs(state, day)).toBe(START + 1_000 + LIMITS.settleMs + 1);
  expect(turnedMs(state, { ...LIMITS, nowMs: START + 2_000 })).toBe(START + 1_000);
});
