import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FoldEvent } from '../../src/adw/fold.ts';
import { judge } from '../../src/adw/judgement.ts';
import { causeOf } from '../../src/adw/reason.ts';
import { isEnded, type RunJudgement } from '../../src/adw/run-state.ts';
import type { TaskState } from '../../src/adw/task-state.ts';
import { STATES } from '../../src/event/run-state.ts';
import { eventDataSchemas } from '../../src/event/schema.ts';
import { fold, LIMITS, log, SETTLED, START } from './log.ts';

type Given = [string, Record<string, unknown>];

const MINUTE = 60_000;
const planner = { agent_role: 'sdlc_planner', attempt: 1, session_id: 's0' };
const builder = { agent_role: 'sdlc_implementor', attempt: 1, session_id: 's1' };
const success = { subtype: 'success', is_error: false };
const failure = { subtype: 'success', is_error: true, result: 'Credit balance is too low' };
const begins = (role: object): Given => ['attempt_started', { ...role, reason: 'new' }];
const ends = (role: object, how: object = success): Given => ['session_ended', { ...role, ...how }];
const prompted = (role: object): Given => [
  'agent_log',
  { ...role, attempt: undefined, event_type: 'prompt', level: 'INFO', message: 'go', timing: 'estimated' },
];
const wrote = (level: string, message: string, more: object = {}): Given => [
  'agent_log',
  { agent_role: 'adw_plan_build', event_type: 'execution_log', level, message, ...more },
];
const says = (status: string, message: string, more: object = {}): Given => [
  'status_update',
  { status, message, ...more },
];
const waits = (role: object, waiting: object): Given => [
  'agent_log',
  { ...role, level: 'INFO', message: 'w', waiting },
];
const at = (afterMs: number) => ({ timestamp: new Date(START + afterMs).toISOString() });

const TASK: TaskState = {
  taskId: 't',
  toolUseId: null,
  parentTaskId: null,
  parentToolUseId: null,
  taskType: 'local_agent',
  subagentType: 'Explore',
  description: 'Explore the tests',
  depth: null,
  isBackground: true,
  isAmbient: false,
  isLost: false,
  seenBeside: { tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, costUsd: null },
  seen: { tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, costUsd: null },
  state: 'running',
  startedMs: START,
  lastMs: START,
  endedMs: null,
  isGuessed: false,
  durationMs: null,
  toolsSeen: 0,
  toolsSaid: null,
  toolErrors: 0,
  totalTokens: null,
  doing: '',
  result: null,
  error: null,
};

/** The judgement right after the newest event, or `afterMs` later. */
function judged(given: readonly Given[], afterMs = 0): RunJudgement {
  const state = fold(log(...given));
  return judge(state, { nowMs: (state.newest.ms ?? START) + afterMs, ...LIMITS });
}

test('the wire knows the same states', () => {
  expect(eventDataSchemas.adw_status.shape.status.options).toEqual(STATES);
});

describe('pending', () => {
  test('is a run of which only the state file is known', () => {
    expect(judged([['agent_updated', { state: {} }]])).toMatchObject({ state: 'pending', reason: 'no role has begun' });
  });

  test('is a run whose first role has only been given its prompt', () => {
    expect(judged([prompted(planner)], 12_000)).toMatchObject({
      state: 'pending',
      reason: 'sdlc_planner has written nothing yet; it was given its prompt 12s ago',
      evidence: ['e1'],
    });
  });
});

describe('running', () => {
  test('is a run one of whose roles writes', () => {
    expect(judged([begins(builder), ['text_block', { ...builder, content: 'x' }]], 59_000)).toMatchObject({
      state: 'running',
      reason: 'sdlc_implementor is running',
      evidence: ['e2', 'e1'],
      sinceMs: START,
      nextCheckMs: START + 1_000 + MINUTE + 1,
    });
  });

  test('goes on while the next role has only been given its prompt', () => {
    expect(judged([begins(planner), ends(planner), prompted(builder)], 5_000)).toMatchObject({
      state: 'running',
      reason: 'sdlc_implementor has written nothing yet; it was given its prompt 5.0s ago',
    });
  });

  test('is what a workflow says of itself before its first role', () => {
    expect(judged([says('in_progress', 'cloning')])).toMatchObject({ state: 'running', reason: 'cloning' });
  });

  test('is a session that goes on after its result', () => {
    expect(judged([begins(builder), ends(builder), ['session_started', builder]]).state).toBe('running');
  });
});

describe('waiting', () => {
  test('says for what, which try it is, and until when', () => {
    const until = new Date(START + 9_000).toISOString();
    const retry = { for: 'api_retry', attempt: 4, attempts_max: 10, until, message: '529 overloaded' };
    expect(judged([begins(builder), waits(builder, retry)])).toMatchObject({
      state: 'waiting',
      reason: 'sdlc_implementor waits to ask the API again, try 4 of 10, in 8.0s: 529 overloaded',
      waiting: { for: 'api_retry', untilMs: START + 9_000 },
      evidence: ['e2'],
    });
  });

  test('for a rate limit lasts until it resets, however long that is, and a stall timeout longer', () => {
    const resets = START + 3 * 3_600_000;
    const limit = { for: 'rate_limit', until: new Date(resets).toISOString(), message: 'five_hour' };
    const given = [begins(builder), waits(builder, limit)];
    expect(judged(given, 2 * 3_600_000)).toMatchObject({
      state: 'waiting',
      reason: 'sdlc_implementor waits for the rate limit to end, until 2026-01-01 15:00 UTC: five_hour',
    });
    expect(judged(given, resets - START - 1_000 + MINUTE + 1).state).toBe('ended_without_result');
  });

  test('for a permission lasts while its process may live', () => {
    const given = [begins(builder), waits(builder, { for: 'permission', message: 'Bash rm -rf build' })];
    expect(judged(given, 9 * MINUTE)).toMatchObject({
      state: 'waiting',
      reason: 'sdlc_implementor waits for a permission: Bash rm -rf build',
    });
    expect(judged(given, 11 * MINUTE).state).toBe('ended_without_result');
  });

  test('ends with the next line that does not say the same', () => {
    const wait = waits(builder, { for: 'compaction', message: '' });
    const given: Given[] = [begins(builder), wait, ['text_block', { ...builder, content: 'x' }]];
    expect(judged(given.slice(0, 2)).reason).toBe('sdlc_implementor waits while its context is compacted');
    expect(judged(given).state).toBe('running');
  });

  describe('for background work', () => {
    /** The judgement of a role that has given its result, with one task in this state. */
    function withTask(task: Partial<TaskState>, afterMs = 0): RunJudgement {
      const state = fold(log(begins(builder), ends(builder)));
      const [attempt] = state.roles.sdlc_implementor?.attempts ?? [];
      attempt?.tasks.push({ ...TASK, ...task, lastMs: START });
      return judge(state, { nowMs: START + 1_000 + afterMs, ...LIMITS });
    }

    test('names it, and is no end of the role', () => {
      expect(withTask({})).toMatchObject({
        state: 'waiting',
        reason: 'sdlc_implementor waits for its background work: Explore the tests',
        waiting: { for: 'background_tasks', untilMs: null },
      });
    });

    test('stalls, and has ended without a result when the work never ends', () => {
      expect(withTask({}, MINUTE + 1)).toMatchObject({
        state: 'stalled',
        reason: 'sdlc_implementor: no event for 1:00, waiting on its background work: Explore the tests',
      });
      expect(withTask({}, 11 * MINUTE)).toMatchObject({
        state: 'ended_without_result',
        reason: 'sdlc_implementor said success, but its background work never ended: Explore the tests',
      });
    });

    test('is over with the task, and a shell that goes on beside its agent is none', () => {
      expect(withTask({ state: 'completed' }, SETTLED).state).toBe('completed');
      expect(withTask({ taskType: 'local_bash' }, SETTLED).state).toBe('completed');
    });
  });
});

describe('between_roles', () => {
  test('says which role ended, how, and how long ago', () => {
    expect(judged([begins(planner), ends(planner)], 42_000)).toMatchObject({
      state: 'between_roles',
      reason: 'sdlc_planner ended with success, 42s ago; nothing has begun since',
      evidence: ['e2'],
      sinceMs: START + 1_000,
    });
  });

  test('comes after a failure too: it may be tried again', () => {
    expect(judged([begins(planner), ends(planner, failure)], 4_000)).toMatchObject({
      state: 'between_roles',
      reason: 'sdlc_planner failed: error: Credit balance is too low, 4.0s ago; nothing has begun since',
    });
  });

  test('comes after an error in the log: the workflow may go on', () => {
    expect(judged([begins(planner), ends(planner), wrote('ERROR', 'x')]).state).toBe('between_roles');
  });

  test('says what the workflow said of itself', () => {
    const given = [says('in_progress', 'planning'), begins(planner), ends(planner)];
    expect(judged(given).reason).toBe('sdlc_planner ended with success, 0.0s ago; the workflow said: planning');
  });
});

describe('stalled', () => {
  const call: Given = [
    'tool_use_pre',
    { ...builder, tool_name: 'Bash', tool_use_id: 't1', tool_input: { command: 'npm test' } },
  ];

  test('is silence beyond the stall time, and names the call it hangs on', () => {
    expect(judged([begins(builder), call], 252_000)).toMatchObject({
      state: 'stalled',
      reason: 'sdlc_implementor: no event for 4:12, waiting on Bash npm test (4:12)',
      evidence: ['e2'],
      sinceMs: START + 1_000 + MINUTE,
    });
  });

  test('says when the file has never grown', () => {
    expect(judged([begins(builder)], 70_000).reason).toBe(
      'sdlc_implementor: no event for 1:10; its file has been empty since it was made',
    );
  });

  test('says that the process lives where a watch runs it', () => {
    const command = says('in_progress', 'the command runs', { told_by: 'command' });
    expect(judged([command, begins(builder), call], 252_000)).toMatchObject({
      reason:
        'sdlc_implementor: no event for 4:12, waiting on Bash npm test (4:12); the command that runs it has not ended',
      evidence: ['e3', 'e1'],
    });
  });

  test('is a role that was given its prompt and writes nothing', () => {
    expect(judged([prompted(planner)], 70_000)).toMatchObject({
      state: 'stalled',
      reason: 'sdlc_planner has written nothing since it was given its prompt 1:10 ago',
    });
  });

  test('is a workflow that says it runs while no role does', () => {
    const given = [says('in_progress', 'planning'), begins(planner), ends(planner)];
    expect(judged(given, MINUTE + 1)).toMatchObject({
      state: 'stalled',
      reason: 'no event for 1:00; no role is active, and the workflow said last: planning',
    });
  });

  test("is not undone by the server's own conclusion", () => {
    const given: Given[] = [begins(builder), ['adw_status', { status: 'stalled', why: '', ...at(300_000) }]];
    expect(judged(given, 300_000).state).toBe('stalled');
  });
});

describe('completed', () => {
  test('is a run that has been quiet for long enough after its last role succeeded', () => {
    expect(judged([begins(planner), ends(planner), begins(builder), ends(builder)], SETTLED)).toMatchObject({
      state: 'completed',
      reason: 'sdlc_implementor ended with success; quiet since 2026-01-01 12:00 UTC',
      evidence: ['e4'],
      nextCheckMs: expect.any(Number),
    });
  });

  test('is at once what the workflow says, and what a command that was run ended with', () => {
    const given = [begins(builder), ends(builder)];
    expect(judged([...given, says('completed', 'merged')])).toMatchObject({
      state: 'completed',
      reason: 'merged',
      evidence: ['e3'],
      nextCheckMs: expect.any(Number),
    });
    const exit = says('completed', 'the command ended with exit code 0', { told_by: 'command' });
    expect(judged([...given, exit]).reason).toBe('the command ended with exit code 0');
  });

  test.each([
    ['its status', { status: 'completed' }],
    ['its workflow_status', { workflow_status: 'success' }],
    ['its current phase', { current_phase: 'complete' }],
    ['its phases', { all_adws: ['adw_plan_build'], phases_completed: ['plan', 'build'] }],
  ])('is what the state file says by %s', (_, state) => {
    expect(judged([begins(builder), ends(builder), ['agent_updated', { state }]])).toMatchObject({
      state: 'completed',
      reason: 'the state file says completed',
    });
  });

  test('is no end where the state file only counts phases that are over', () => {
    const state = { all_adws: ['adw_plan_build'], phases_completed: ['plan'] };
    expect(judged([begins(planner), ends(planner), ['agent_updated', { state }]]).state).toBe('between_roles');
  });

  test("is what the workflow's log says of all of it, not of a phase", () => {
    const given = [begins(builder), ends(builder)];
    expect(judged([...given, wrote('INFO', 'ADW workflow completed successfully')])).toMatchObject({
      state: 'completed',
      reason: "the workflow's log says completed",
    });
    expect(judged([...given, wrote('INFO', 'Planning phase completed successfully')]).state).toBe('between_roles');
  });

  describe("is what the workflow's log says, where roles have the times of files", () => {
    const guessed = { timing: 'estimated' };
    const role = (name: string, startMs: number, endMs: number): Given[] => {
      const own = { agent_role: name, attempt: 1, ...guessed };
      return [begins({ ...own, ...at(startMs) }), ends({ ...own, ...at(endMs) })];
    };
    const MONTH = 30 * 86_400_000;
    const over = (file: object) => wrote('INFO', 'ADW workflow completed', { ...guessed, ...at(-MONTH), ...file });
    const fileOf = (ms: number) => ({ file_written_at: new Date(START + ms).toISOString() });

    test('that a checkout gave to all of them', () => {
      const given = [over(fileOf(1_000)), ...role('sdlc_planner', -60_000, 0), ...role('reviewer', -20_000, 1_000)];
      expect(judged(given).state).toBe('completed');
    });

    test('unless a role began after its file was written to last', () => {
      const given = [over(fileOf(-30_000)), ...role('sdlc_planner', -60_000, -31_000)];
      expect(judged(given).state).toBe('completed');
      expect(judged([...given, ...role('reviewer', -20_000, 1_000)]).state).toBe('between_roles');
      expect(judged([...given, begins({ agent_role: 'reviewer', attempt: 1, ...guessed, ...at(0) })]).state).toBe(
        'running',
      );
    });

    test('and goes by the clock of its lines where roles have times of their own', () => {
      const later = { agent_role: 'reviewer', attempt: 1, timing: 'exact' };
      expect(judged([over(fileOf(MONTH)), begins(later), ends(later)]).state).toBe('between_roles');
    });
  });

  test('is a workflow whose name says that its only role is over', () => {
    const named: Given = ['agent_updated', { state: { all_adws: ['adw_prompt'] } }];
    expect(judged([named, begins({ agent_role: 'oneoff' }), ends({ agent_role: 'oneoff' })]).state).toBe('completed');
  });

  test('is taken back by what comes later', () => {
    const given = [begins(planner), ends(planner), says('completed', 'done')];
    expect(judged([...given, begins(builder)]).state).toBe('running');
    expect(judged([...given, says('started', 'again', { workflow_name: 'adw_build' })]).state).not.toBe('completed');
  });

  test('is not said by a part of a workflow that goes on', () => {
    const given = [
      says('started', 'all of it', { workflow_name: 'adw_sdlc_iso' }),
      begins(planner),
      ends(planner),
      says('completed', 'planned', { workflow_name: 'adw_plan_iso' }),
    ];
    expect(judged(given).state).toBe('between_roles');
    expect(judged([...given, says('completed', 'shipped', { workflow_name: 'adw_sdlc_iso' })]).state).toBe('completed');
  });
});

describe('failed', () => {
  test('is a last role that failed and was not tried again', () => {
    expect(judged([begins(builder), ends(builder, failure)], SETTLED)).toMatchObject({
      state: 'failed',
      reason: 'sdlc_implementor failed: error: Credit balance is too low',
      evidence: ['e2'],
    });
  });

  test('is not hidden by a later success of another role', () => {
    const given = [begins(planner), ends(planner, failure), begins(builder), ends(builder)];
    expect(judged(given, SETTLED)).toMatchObject({ state: 'failed', evidence: ['e2'] });
  });

  test('is taken back by another attempt, and by the same work under another number', () => {
    const again = { ...planner, attempt: 2 };
    expect(judged([begins(planner), ends(planner, failure), begins(again), ends(again)], SETTLED).state).toBe(
      'completed',
    );
    const first = { agent_role: 'test_resolver_iter1_0', attempt: 1 };
    const second = { agent_role: 'test_resolver_iter2_0', attempt: 1 };
    expect(judged([begins(first), ends(first, failure), begins(second), ends(second)], SETTLED).state).toBe(
      'completed',
    );
  });

  test('is what the workflow says, over a role without a result', () => {
    expect(judged([begins(builder), says('failed', 'Workflow failed: x')])).toMatchObject({
      state: 'failed',
      reason: 'Workflow failed: x',
    });
  });

  describe("by the workflow's own log", () => {
    const given = [begins(builder), ends(builder)];

    test('is an error that it ends with, although its last role succeeded', () => {
      expect(judged([...given, wrote('ERROR', 'Invalid command selected:\n/feature')], SETTLED)).toMatchObject({
        state: 'failed',
        reason: "the workflow's log ends with an error: /feature",
        evidence: ['e3'],
      });
    });

    test('tells the line that has the sense', () => {
      const entries = [
        wrote('ERROR', 'Error: Missing required environment variables:'),
        wrote('ERROR', '  - CLAUDE_CODE_PATH'),
      ];
      const reason =
        "the workflow's log ends with an error: Error: Missing required environment variables: CLAUDE_CODE_PATH";
      expect(causeOf(reason)).toBe('Error: Missing required environment variables: CLAUDE_CODE_PATH');
      expect(judged([...given, ...entries], SETTLED).reason).toBe(reason);
      const one = wrote('ERROR', 'Error: Missing required environment variables:\n  - CLAUDE_CODE_PATH');
      expect(judged([...given, one], SETTLED).reason).toBe(reason);
    });

    test('goes by the order of its lines, not by their clock', () => {
      const back = wrote('ERROR', 'x', at(-3_600_000));
      expect(judged([...given, wrote('INFO', 'planning'), back], SETTLED).state).toBe('failed');
    });

    test('is none when the workflow wrote on, and DEBUG output is no going on', () => {
      expect(judged([...given, wrote('ERROR', 'x'), wrote('INFO', 'again')], SETTLED).state).toBe('completed');
      expect(judged([...given, wrote('ERROR', 'x'), wrote('DEBUG', 'sent')], SETTLED).state).toBe('failed');
    });

    test('is judged by the log that was written to last, whatever order they were read in', () => {
      const early = wrote('ERROR', 'x', { agent_role: 'adw_plan', ...at(-60_000) });
      expect(judged([...given, wrote('INFO', 'done'), early], SETTLED).state).toBe('completed');
    });

    test('does not speak over a role that failed, nor over an end that was said later', () => {
      expect(judged([begins(builder), ends(builder, failure), wrote('ERROR', 'x')], SETTLED).reason).toContain(
        'sdlc_implementor failed',
      );
      expect(judged([...given, wrote('ERROR', 'x'), says('completed', 'merged')]).reason).toBe('merged');
    });
  });

  test('wins among words that were said together', () => {
    const state: Given = ['agent_updated', { state: { status: 'failed', error: 'push was refused' } }];
    expect(judged([begins(builder), ends(builder), state, says('completed', 'done')])).toMatchObject({
      state: 'failed',
      reason: 'push was refused',
    });
  });
});

describe('ended_without_result', () => {
  test('is an old tree without a result, however late it is read', () => {
    const given: Given[] = [begins(builder), ['text_block', { ...builder, content: 'x' }]];
    expect(judged(given, 86_400_000)).toMatchObject({
      state: 'ended_without_result',
      reason: 'sdlc_implementor stopped without a result line; its outcome is unknown',
      evidence: ['e2'],
    });
  });

  test('is a last role that was given its prompt and never wrote', () => {
    const committer = { agent_role: 'sdlc_implementor_committer' };
    const given = [begins(builder), ends(builder), prompted(committer)];
    expect(judged(given, 86_400_000)).toMatchObject({
      state: 'ended_without_result',
      reason: 'sdlc_implementor_committer never wrote anything, though it was given its prompt',
    });
  });

  test.each([
    ['says success and did nothing', { num_turns: 0, result: '', usage: { input_tokens: 0, output_tokens: 0 } }],
    ['was cut off in its work', { num_turns: 28, result: '', stop_reason: 'tool_use' }],
  ])('is an agent that %s', (_, result) => {
    const { state, reason } = judged([begins(builder), ends(builder, { ...success, ...result })], SETTLED);
    expect(state).toBe('ended_without_result');
    expect(reason).toMatch(/^sdlc_implementor says success, but it /);
  });

  test('is a run in which no role ever wrote, and says what is there', () => {
    const given: Given[] = [
      ['agent_updated', { state: { issue_number: 7 } }],
      ['screenshot_available', { screenshot_path: 'reviewer/review_img/1.png' }],
    ];
    expect(judged(given, SETTLED)).toMatchObject({
      state: 'ended_without_result',
      reason: 'no role has written anything; there is only a state file, 1 screenshot',
    });
  });
});

describe('which role was last', () => {
  test('is told by times where they are known', () => {
    const reviewer = { agent_role: 'reviewer', attempt: 1, timing: 'exact' };
    const given = [
      begins(reviewer),
      ends(reviewer),
      begins({ ...builder, timing: 'exact' }),
      ends({ ...builder, timing: 'exact' }),
    ];
    expect(judged(given, SETTLED).reason).toMatch(/^sdlc_implementor ended/);
  });

  test.each([
    ['sdlc_implementor_committer', ['sdlc_implementor_committer', 'sdlc_implementor', 'plan_finder', 'sdlc_planner']],
    ['plan_implementor', ['plan_implementor', 'sdlc_planner_committer', 'plan_finder']],
    ['build_validator', ['plan_implementor', 'build_validator', 'builder']],
    ['documenter_committer', ['documenter_committer', 'reviewer_committer', 'test_runner', 'documenter']],
    ['teamwork-updater-.', ['teamwork-updater-.', 'build-.']],
  ])('is %s where a copy gave all files one time', (last, roles) => {
    const given = roles.map((role): Given => ends({ agent_role: role, attempt: 1, timing: 'estimated', ...at(0) }));
    expect(judged(given, SETTLED).reason).toMatch(new RegExp(`^${last.replace('.', '\\.')} ended`));
  });
});

test('a time far in the future is no sign of life', () => {
  const given: Given[] = [['text_block', { ...builder, content: 'x', ...at(10 * 365 * 86_400_000) }]];
  expect(judge(fold(log(...given)), { nowMs: START, ...LIMITS }).state).toBe('ended_without_result');
});

describe('any run', () => {
  /** A role's own file: what it writes, in order, at times that never go back. */
  const roleEvents = fc.record({
    role: fc.constantFrom('sdlc_planner', 'sdlc_implementor', 'test_runner', 'reviewer', 'ops'),
    timing: fc.constantFrom('exact', 'observed', 'estimated'),
    startMs: fc.integer({ min: 0, max: 600_000 }),
    steps: fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 90_000 }),
        kind: fc.constantFrom('text', 'call', 'wait', 'task', 'task_end', 'success', 'failure', 'session'),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  });
  const runWhoseLogSays = (...messages: string[]) =>
    fc.record({
      roles: fc.uniqueArray(roleEvents, { maxLength: 4, selector: ({ role }) => role }),
      logEvents: fc.array(
        fc.record({
          ms: fc.integer({ min: 0, max: 900_000 }),
          level: fc.constantFrom('INFO', 'ERROR', 'DEBUG'),
          message: fc.constantFrom(...messages),
          fileMs: fc.option(fc.integer({ min: 0, max: 900_000 }), { nil: undefined }),
        }),
        { maxLength: 4 },
      ),
    });
  const aRun = runWhoseLogSays('=== Building ===', 'x failed');
  const aRunWithEnds = runWhoseLogSays('=== Building ===', 'x failed', 'ADW workflow completed');

  type Run = typeof aRun extends fc.Arbitrary<infer Value> ? Value : never;
  type Timed = readonly [type: string, data: Record<string, unknown>];

  const STEPS: Readonly<Record<string, (role: Record<string, unknown>) => Timed>> = {
    text: role => ['text_block', { ...role, content: 'x' }],
    call: role => ['tool_use_pre', { ...role, tool_name: 'Bash', tool_use_id: 't', tool_input: { command: 'ls' } }],
    wait: role => waits(role, { for: 'permission', message: 'p' }),
    task: role => [
      'task_update',
      { ...role, task_id: 't', task_type: 'local_agent', is_background: true, state: 'running' },
    ],
    task_end: role => ['task_update', { ...role, task_id: 't', state: 'completed' }],
    success: role => ends(role),
    failure: role => ends(role, failure),
    session: role => ['session_started', role],
  };

  /** Each file's events in order. */
  function filesOf({ roles, logEvents: entries }: Run): Timed[][] {
    const files = roles.map(({ role, timing, startMs, steps }) => {
      let ms = startMs;
      const own = { agent_role: role, attempt: 1, timing };
      const first: Timed = ['attempt_started', { ...own, reason: 'new', ...at(ms), event_id: `${role}-0` }];
      return [
        first,
        ...steps.map(({ afterMs, kind }, index): Timed => {
          ms += afterMs;
          const [type, data] = STEPS[kind]?.({ ...own, ...at(ms), event_id: `${role}-${index + 1}` }) ?? first;
          return [type, data];
        }),
      ];
    });
    const lines = entries.map(({ ms, level, message, fileMs }, index): Timed => {
      const file = fileMs === undefined ? {} : { file_written_at: at(fileMs).timestamp };
      return wrote(level, message, { ...at(ms), ...file, event_id: `log-${index}` });
    });
    return [...files, lines];
  }

  const timeOf = ([, data]: Timed) => Date.parse(String(data.timestamp));
  const asLog = (events: readonly Timed[]): FoldEvent[] =>
    events.map(([type, data], index) => ({ type, seq: index + 1, data }));
  /** As a reader that watched sees them: by time, each file in its order. */
  function watched(files: readonly Timed[][]): Timed[] {
    const queues = files.map(file => [...file]);
    const all: Timed[] = [];
    for (;;) {
      const [next] = queues
        .filter(queue => queue.length > 0)
        .toSorted((a, b) => timeOf(a[0] as Timed) - timeOf(b[0] as Timed));
      const event = next?.shift();
      if (event === undefined) return all;
      all.push(event);
    }
  }

  test('is judged cold, file by file, as it is judged by a reader that watched', () => {
    fc.assert(
      fc.property(
        aRunWithEnds,
        fc.integer({ min: 0, max: 3_000_000 }),
        fc.infiniteStream(fc.nat()),
        (run, afterMs, choices) => {
          const files = filesOf(run);
          const present = { nowMs: START + afterMs, ...LIMITS };
          const live = judge(fold(asLog(watched(files))), present);
          expect(judge(fold(asLog(files.flat())), present)).toEqual(live);
          expect(judge(fold(asLog(files.toReversed().flat())), present)).toEqual(live);
          const queues = files.map(file => [...file]);
          const mixed: Timed[] = [];
          while (queues.some(queue => queue.length > 0)) {
            const full = queues.filter(queue => queue.length > 0);
            mixed.push(full[(choices.next().value as number) % full.length]?.shift() as Timed);
          }
          expect(judge(fold(asLog(mixed)), present)).toEqual(live);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('is never over while it goes on within the settle time', () => {
    fc.assert(
      fc.property(aRun, run => {
        const events = watched(filesOf(run));
        const isInOrder = events.every(
          (event, index) => index === 0 || timeOf(event) >= timeOf(events[index - 1] as Timed),
        );
        fc.pre(isInOrder);
        for (let end = 1; end < events.length; end++) {
          const nextMs = timeOf(events[end] as Timed);
          if (nextMs - timeOf(events[end - 1] as Timed) > LIMITS.settleMs) continue;
          const { state } = judge(fold(asLog(events.slice(0, end))), { nowMs: nextMs, ...LIMITS });
          expect(['completed', 'failed']).not.toContain(state);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is told the same until the next check', () => {
    fc.assert(
      fc.property(
        aRun,
        fc.integer({ min: 0, max: 3_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (run, afterMs, share) => {
          const state = fold(asLog(watched(filesOf(run))));
          const now = judge(state, { nowMs: START + afterMs, ...LIMITS });
          const untilMs = now.nextCheckMs ?? START + afterMs + 1e9;
          const later = START + afterMs + Math.floor((untilMs - 1 - START - afterMs) * share);
          expect(judge(state, { nowMs: later, ...LIMITS }).state).toBe(now.state);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('ends some day', () => {
    fc.assert(
      fc.property(aRun, run => {
        const events = watched(filesOf(run));
        const state = fold(asLog(events));
        const { state: found, nextCheckMs } = judge(state, { nowMs: START + 1e12, ...LIMITS });
        if (events.length > 0) expect(isEnded(found)).toBe(true);
        expect(nextCheckMs).toBeNull();
      }),
      { numRuns: 100 },
    );
  });
});
