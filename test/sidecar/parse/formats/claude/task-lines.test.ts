import { describe, expect, test } from 'vitest';
import type { TaskSummary } from '../../../../../src/adw/summary-shape.ts';
import { summaryOfFiles } from '../../../../support/run-of-lines.ts';
import { assistant, dataOf, eventsOf, init, result, toolResult, toolUse } from '../../feed.ts';

const system = (subtype: string, fields: object) => ({ type: 'system', subtype, session_id: 's-1', ...fields });
const started = (id: string, call: string, fields: object = {}) =>
  system('task_started', {
    task_id: id,
    tool_use_id: call,
    task_type: 'local_agent',
    subagent_type: 'Explore',
    ...fields,
  });
const notified = (id: string, status: string, fields: object = {}) =>
  system('task_notification', { task_id: id, status, ...fields });
const launched = (call: string, agentId: string) =>
  toolResult(call, 'launched', {}, { tool_use_result: { isAsync: true, status: 'async_launched', agentId } });
const agent = (call: string, description: string, line: object = {}) =>
  toolUse(call, 'Agent', { description, subagent_type: 'Explore', prompt: 'go' }, line);

const tasksOf = (lines: readonly object[], afterMs = 0): TaskSummary[] =>
  summaryOfFiles([{ role: 'sdlc_implementor', lines }], afterMs).roles.flatMap(({ attempts }) =>
    attempts.flatMap(({ tasks }) => tasks),
  );
const logsOf = (...lines: object[]) =>
  dataOf(eventsOf(...lines), 'agent_log')
    .filter(({ event_type: type }) => type === 'task')
    .map(({ level, message }) => `${level} ${message}`);

describe('a sub-agent in the background', () => {
  const launch = [
    init(),
    agent('c1', 'audit'),
    started('a1', 'c1', { description: 'audit', is_backgrounded: true, spawn_depth: 1 }),
    launched('c1', 'a1'),
    result(),
  ];
  const works = [
    assistant([{ type: 'tool_use', id: 'c2', name: 'Bash', input: {} }], { id: 'm2' }, { parent_tool_use_id: 'c1' }),
    system('task_progress', {
      task_id: 'a1',
      description: 'Running npm audit',
      usage: { total_tokens: 900, tool_uses: 1, duration_ms: 2_200 },
    }),
  ];
  const end = [
    system('task_updated', {
      task_id: 'a1',
      patch: { status: 'completed', end_time: Date.UTC(2026, 8, 1, 12, 0, 30) },
    }),
    notified('a1', 'completed', {
      summary: 'all well',
      usage: { total_tokens: 1_400, tool_uses: 1, duration_ms: 22_000 },
    }),
  ];

  test('runs from its launch on, whatever its call and the session say', () => {
    expect(tasksOf([...launch, ...works])).toMatchObject([
      {
        task_id: 'a1',
        tool_use_id: 'c1',
        subagent_type: 'Explore',
        description: 'audit',
        is_background: true,
        depth: 1,
        tools: 1,
        total_tokens: 900,
        ended_at: null,
      },
    ]);
  });

  test('ends with its notification', () => {
    expect(tasksOf([...launch, ...works, ...end])).toMatchObject([
      {
        state: 'completed',
        result: 'all well',
        duration_ms: 22_000,
        total_tokens: 1_400,
        ended_at: '2026-09-01T12:00:30.000Z',
      },
    ]);
  });

  test('is unfinished when its agent writes no more', () => {
    expect(tasksOf([...launch, ...works], 3_600_000)).toMatchObject([{ state: 'unfinished', duration_ms: null }]);
  });

  test('is unfinished when another process begins, and runs again when that tells of it', () => {
    const again = [...launch, init(), assistant([{ type: 'text', text: 'I go on.' }])];
    expect(tasksOf(again)).toMatchObject([{ state: 'unfinished' }]);
    expect(tasksOf([...again, ...works])).toMatchObject([{ state: 'running' }]);
  });

  test('is no longer live when the list of background tasks has it no more', () => {
    const list = (...tasks: object[]) => system('background_tasks_changed', { tasks });
    const entry = { task_id: 'a1', task_type: 'local_agent', description: 'audit' };
    const [task] = tasksOf([init(), agent('c1', 'audit'), list(entry), started('a1', 'c1'), list()]);
    expect(task).toMatchObject({ tool_use_id: 'c1', state: 'stopped', is_background: true });
    expect(tasksOf([init(), agent('c1', 'audit'), list(entry), started('a1', 'c1'), list(), ...end])).toMatchObject([
      { state: 'completed', error: null },
    ]);
  });

  test('that is resumed keeps its id and runs again', () => {
    const runs = [...launch, started('a1', 'c1', { run_id: '1' }), notified('a1', 'completed', { run_id: '1' })];
    expect(tasksOf([...runs, started('a1', 'c9', { run_id: '2' })])).toMatchObject([{ task_id: 'a1', ended_at: null }]);
    const late = system('task_progress', { task_id: 'a1', run_id: '1', description: 'late' });
    expect(tasksOf([...runs, late])).toMatchObject([{ state: 'completed' }]);
  });

  test('is told in the log by its start, its end and its result, and by nothing between', () => {
    expect(logsOf(...launch, ...works, ...end)).toEqual([
      'INFO task started in the background: Explore · audit',
      'INFO task completed: audit',
      'INFO task result: audit: all well',
    ]);
  });
});

describe('a sub-agent that its agent waits for', () => {
  const answer = (structured: object, fields: object = {}) =>
    toolResult('c1', [{ type: 'text', text: 'Three files.' }], fields, { tool_use_result: structured });

  test('ends with the result of its call', () => {
    const lines = [
      init(),
      agent('c1', 'count'),
      started('a1', 'c1', { is_backgrounded: false }),
      answer({ status: 'completed', agentId: 'a1', totalDurationMs: 339, totalTokens: 5_106, totalToolUseCount: 2 }),
    ];
    expect(tasksOf(lines)).toMatchObject([
      { task_id: 'a1', state: 'completed', duration_ms: 339, total_tokens: 5_106, tools: 2, result: 'Three files.' },
    ]);
  });

  test('is a task in versions that have no lines for tasks', () => {
    const call = toolUse('c1', 'Task', { description: 'count', subagent_type: 'Explore' });
    expect(tasksOf([init(), call])).toMatchObject([{ tool_use_id: 'c1', task_id: null, state: 'running' }]);
    expect(tasksOf([init(), call, answer({})])).toMatchObject([
      { tool_use_id: 'c1', task_type: 'local_agent', subagent_type: 'Explore', state: 'completed' },
    ]);
    expect(tasksOf([init(), call, answer({}, { is_error: true })])).toMatchObject([
      { state: 'failed', error: 'Three files.' },
    ]);
  });
});

test('sub-agents of sub-agents hang on those that launched them, however they are told of', () => {
  const lines = [
    init(),
    agent('c1', 'lead'),
    started('a1', 'c1', { spawn_depth: 1 }),
    agent('c3', 'other'),
    agent('c2', 'inner', { parent_tool_use_id: 'c1' }),
    started('a2', 'c2', { spawn_depth: 2, parent_task_id: 'a1' }),
    toolUse('c4', 'Bash', { command: 'ls' }, { agent_id: 'a2' }),
    started('b1', 'c4', { task_type: 'local_bash', subagent_type: undefined, parent_task_id: 'a2', description: 'ls' }),
  ];
  expect(
    tasksOf(lines).map(({ description, depth, parent_tool_use_id: parent }) => [description, depth, parent]),
  ).toEqual([
    ['lead', 1, null],
    ['inner', 2, 'c1'],
    ['ls', 3, 'c2'],
    ['other', 1, null],
  ]);
  expect(tasksOf(lines).find(({ task_id: id }) => id === 'a2')).toMatchObject({ tools: 1 });
});

describe('a command in the background', () => {
  const shell = [
    init(),
    toolUse('c1', 'Bash', { command: 'npm run dev', description: 'Serve', run_in_background: true }),
    toolResult('c1', 'running', {}, { tool_use_result: { stdout: '', backgroundTaskId: 'b1' } }),
  ];

  test('goes on when its call has its result', () => {
    expect(tasksOf(shell)).toMatchObject([
      {
        task_id: 'b1',
        tool_use_id: 'c1',
        task_type: 'local_bash',
        description: 'Serve',
        is_background: true,
        state: 'running',
      },
    ]);
  });

  test.each([
    ['TaskStop', { task_id: 'b1', message: 'stopped' }, 'stopped'],
    ['KillShell', { shell_id: 'b1' }, 'stopped'],
    ['TaskOutput', { task: { task_id: 'b1', status: 'completed' } }, 'completed'],
    ['TaskOutput', { task: { task_id: 'b1', status: 'running' } }, 'running'],
    ['BashOutput', { shellId: 'b1', status: 'failed' }, 'failed'],
  ])('is told of by %s %j', (tool, structured, state) => {
    const lines = [...shell, toolUse('c2', tool, {}), toolResult('c2', '', {}, { tool_use_result: structured })];
    expect(tasksOf(lines)).toMatchObject([{ task_id: 'b1', state }]);
  });
});

test('how a task ended decides how grave it is', () => {
  const lines = [
    system('task_updated', { task_id: 'b1', patch: { status: 'completed' } }),
    system('task_updated', { task_id: 'b2', patch: { status: 'failed', error: 'exit code 137' } }),
    notified('b3', 'failed', { summary: 'exit code 1' }),
    notified('b4', 'killed', { summary: 'by the watchdog' }),
    notified('b5', 'stopped'),
  ];
  expect(logsOf(...lines)).toEqual([
    'INFO task completed: b1',
    'ERROR task failed: b2: exit code 137',
    'ERROR task failed: b3: exit code 1',
    'WARNING task stopped: b4: by the watchdog',
    'WARNING task stopped: b5',
  ]);
  expect(tasksOf([init(), ...lines]).map(({ state, started_at: at }) => [state, at])).toEqual([
    ['completed', null],
    ['failed', null],
    ['failed', null],
    ['stopped', null],
    ['stopped', null],
  ]);
});

test('housekeeping of the program is no row of the log', () => {
  const lines = [started('m1', 'c1', { ambient: true, is_backgrounded: true }), notified('m1', 'completed')];
  expect(logsOf(...lines)).toEqual([]);
});

test('a sub-agent that does the same as before is not told of again', () => {
  const progress = (description: string) => system('task_progress', { task_id: 'a1', description });
  const lines = [started('a1', 'c1'), progress('Reading a'), progress('Reading a'), progress('Reading b')];
  expect(dataOf(eventsOf(...lines), 'task_update').map(({ progress: said }) => said)).toEqual([
    undefined,
    'Reading a',
    'Reading b',
  ]);
});
