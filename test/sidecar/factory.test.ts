import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loggerTo } from '../../src/base/log.ts';
import type { NewEvent } from '../../src/event/schema.ts';
import type { ObserveOptions } from '../../src/sidecar/options.ts';
import { observeAdw } from '../../src/sidecar/pipeline.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { at, openFactory, RUN, session, tellOfRun, traceOf, writeFile } from './factory-world.ts';

const runsOf = (root: string) => join(root, 'adws', 'adw_data', 'sessions');

function observe(root: string, overrides: Partial<ObserveOptions> = {}) {
  const told: NewEvent[] = [];
  let isCaughtUp = false;
  const ended = observeAdw({
    ...{ adwId: RUN, agentsDir: runsOf(root), stateDir: join(root, '.state'), phaseMap: {}, redact: true },
    ...{ redactPatterns: {}, follow: false, pollMs: 20, fsEvents: false, signal: new AbortController().signal },
    log: loggerTo(() => {}),
    onEvents: events => void told.push(...events),
    onCaughtUp: () => {
      isCaughtUp = true;
    },
    ...overrides,
  });
  return { told, ended, isCaughtUp: () => isCaughtUp };
}

async function read(root: string): Promise<readonly NewEvent[]> {
  const { told, ended } = observe(root);
  await ended;
  return told;
}

/** What is told of one type, each with these fields alone. */
function said(events: readonly NewEvent[], type: NewEvent['type'], ...names: string[]): unknown[] {
  const data = events.filter(event => event.type === type).map(event => event.data as Record<string, unknown>);
  return data.map(one => Object.fromEntries(names.filter(name => name in one).map(name => [name, one[name]])));
}

function makeRun(): string {
  const root = temporaryDirectory();
  const factory = openFactory(root);
  tellOfRun(factory);
  factory.database.close();
  writeFile(root, 'planner/raw_output.jsonl', session('s1', 'planned', 0.1));
  writeFile(root, 'builder/raw_output.jsonl', session('s2', 'built', 0.2, 11));
  return root;
}

describe('what the database says', () => {
  test('is told: the run, its phases with their attempts, gates with what they checked, processes, hand-overs', async () => {
    const events = await read(makeRun());
    expect(said(events, 'phase_update', 'phase', 'index', 'kind', 'owner', 'state', 'attempt', 'error')).toEqual([
      { phase: 'request', index: 0, kind: 'code', state: 'completed', attempt: 1 },
      {
        phase: 'plan',
        index: 1,
        kind: 'agent',
        owner: 'planner',
        state: 'failed',
        attempt: 1,
        error: 'plan.md: missing',
      },
      { phase: 'plan', index: 1, kind: 'agent', owner: 'planner', state: 'completed', attempt: 2 },
      { phase: 'commit_plan', index: 2, kind: 'code', state: 'completed', attempt: 1 },
      { phase: 'build', index: 3, kind: 'agent', owner: 'builder', state: 'running', attempt: 1 },
    ]);
    expect(said(events, 'phase_update', 'started_at', 'ended_at').slice(1, 3)).toEqual([
      { started_at: at(1), ended_at: at(5) },
      { started_at: at(5), ended_at: at(10) },
    ]);
    expect(said(events, 'gate_result', 'gate', 'phase', 'attempt', 'passed', 'checks', 'agent_role')).toEqual([
      {
        ...{ gate: 'artifacts_exist', phase: 'plan', attempt: 1, passed: false, agent_role: 'planner' },
        checks: [{ item: 'plan.md', ok: false, note: 'missing' }],
      },
      {
        ...{ gate: 'artifacts_exist', phase: 'plan', attempt: 2, passed: true, agent_role: 'planner' },
        checks: [{ item: 'plan.md', ok: true, note: 'exists, 454B' }],
      },
    ]);
    expect(said(events, 'process_update', 'kind', 'name', 'pid', 'ended_at', 'is_alive', 'agent_role')).toEqual([
      { kind: 'agent', name: 'planner', pid: 4_194_000, ended_at: at(9), agent_role: 'planner' },
    ]);
    const notes = events.filter(({ data }) => ['handoff', 'workflow_note'].includes(String(data.event_type)));
    expect(notes.map(({ data }) => data.message)).toEqual([
      'request: input: add a /health endpoint',
      'planner hands over: Plan written',
    ]);
    const [state] = said(events, 'agent_updated', 'state') as [{ state: Record<string, unknown> }];
    expect(state.state).toMatchObject({
      title: 'add a /health endpoint',
      status: 'running',
      workflow_name: 'adw_plan_build',
    });
  });

  test('has secrets of its texts taken out', async () => {
    const root = makeRun();
    const { database } = openFactory(root);
    database.exec("UPDATE processes SET command = 'pi --api-key sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789'");
    database.close();
    const [row] = said(await read(root), 'process_update', 'command');
    expect(JSON.stringify(row)).not.toContain('abcdefghijklmnop');
  });

  test('is not needed: without it the phases are the agents in the order of their first lines', async () => {
    const root = temporaryDirectory();
    writeFile(root, 'zeta/raw_output.jsonl', session('s1', 'planned', 0.1));
    writeFile(root, 'alpha/raw_output.jsonl', session('s2', 'built', 0.2, 11));
    writeFile(root, 'zeta/envelope.json', JSON.stringify({ status: 'success', summary: 'Plan written' }));
    writeFile(root, 'alpha/envelope.json', JSON.stringify({ status: 'fail', summary: 'It does not build' }));
    const [begun] = session('s3', 'tests', 0.1, 22).split('\n');
    writeFile(root, 'tester/raw_output.jsonl', `${begun}\n`);
    const events = await read(root);
    const phases = said(events, 'phase_update', 'phase', 'index', 'state', 'ended_at') as { phase: string }[];
    expect([...new Map(phases.map(one => [one.phase, one])).values()]).toEqual([
      { phase: 'zeta', index: 0, state: 'completed', ended_at: at(5).replace('+00:00', 'Z') },
      { phase: 'alpha', index: 1, state: 'failed', ended_at: at(15).replace('+00:00', 'Z') },
      { phase: 'tester', index: 2, state: 'running' },
    ]);
    expect(said(events, 'agent_summary_update', 'agent_role', 'summary', 'status')).toEqual(
      expect.arrayContaining([{ agent_role: 'zeta', summary: 'Plan written', status: 'success' }]),
    );
  });

  test('is taken for what it can be: counts beyond all reason, integers that no number holds, views without end', async () => {
    const root = makeRun();
    const { database } = openFactory(root);
    database.exec(`UPDATE sessions SET total_tokens = 9223372036854775807;
      UPDATE phases SET attempt = 9007199254740991 WHERE name = 'build'; UPDATE phases SET attempt = 900000 WHERE name = 'plan';
      UPDATE gate_results SET attempt = 9007199254740991; DROP TABLE processes;
      CREATE VIEW processes AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
        SELECT x AS rowid, '${RUN}' AS adw_id, x AS pid FROM n`);
    database.close();
    const events = await read(root);
    const attempts = said(events, 'phase_update', 'phase', 'attempt') as { phase: string; attempt: number }[];
    const of = (name: string) => attempts.filter(({ phase }) => phase === name).map(({ attempt }) => attempt);
    expect(of('build')).toEqual([1]);
    expect(of('plan')).toEqual(Array.from({ length: 50 }, (_, index) => 899_952 + index));
    expect(said(events, 'gate_result', 'passed', 'attempt')).toEqual([{ passed: false }, { passed: true }]);
    expect(events.filter(({ data }) => data.event_type === 'file_unreadable')).toEqual([]);
  });

  test('of a broken file is told as such, once, and the rest of the run all the same', async () => {
    const root = makeRun();
    const file = join(root, 'adws', 'adw_data', 'sssf.db');
    copyFileSync(join(runsOf(root), RUN, 'planner', 'raw_output.jsonl'), file);
    const events = await read(root);
    const faults = events.filter(({ data }) => data.event_type === 'file_unreadable');
    expect(faults.map(({ data }) => data.message)).toEqual([expect.stringContaining('adws/adw_data/sssf.db')]);
    expect(events.filter(({ type }) => type === 'text_block')).toHaveLength(2);
  });
});

describe('a factory is left as it was, byte for byte', () => {
  test('by a reader of a database that nobody has open', async () => {
    const root = makeRun();
    const before = traceOf(root);
    expect(before.filter(name => /sssf\.db-/.test(name))).toEqual([]);
    await read(root);
    expect(traceOf(root)).toEqual(before);
  });

  test('by a reader of one that a writer has open, and one that a killed writer left', async () => {
    const root = makeRun();
    const { database, insert } = openFactory(root);
    insert('events', {
      event_id: 'evt_x',
      adw_id: RUN,
      type: 'log',
      name: 'x',
      payload_json: '{"a":"b"}',
      started_at: at(12),
    });
    const before = traceOf(root);
    expect(before.filter(name => /sssf\.db-(?:wal|shm)/.test(name))).toHaveLength(2);
    const events = await read(root);
    expect(traceOf(root)).toEqual(before);
    expect(events.map(({ data }) => data.message)).toContain('x: a: b');
    // As after a kill: the log is there and no process has it open.
    const left = temporaryDirectory();
    mkdirSync(join(runsOf(left), RUN), { recursive: true });
    for (const part of ['', '-wal']) {
      const name = join('adws', 'adw_data', `sssf.db${part}`);
      copyFileSync(join(root, name), join(left, name));
    }
    database.close();
    const leftBefore = traceOf(left);
    expect((await read(left)).map(({ data }) => data.message)).toContain('x: a: b');
    expect(traceOf(left)).toEqual(leftBefore);
  });
});

describe('a run that goes on', () => {
  test('is told as it is written, each thing once, and whether its processes live', async () => {
    const root = makeRun();
    const { database, insert } = openFactory(root);
    const stopped = new AbortController();
    const { told, ended, isCaughtUp } = observe(root, { follow: true, signal: stopped.signal });
    await until('the past is told', async () => isCaughtUp() && told.some(({ type }) => type === 'phase_update'));
    const child = spawnSync('true');
    const alive = { adw_id: RUN, kind: 'adw', name: '', pid: process.pid, command: 'adw_plan_build.py' };
    insert('processes', { ...alive, started_at: new Date().toISOString() });
    const gone = { adw_id: RUN, kind: 'agent', name: 'builder', pid: child.pid, command: 'pi builder' };
    insert('processes', { ...gone, started_at: new Date().toISOString() });
    // A pid that another process has by now.
    insert('processes', { ...alive, name: 'before', started_at: '2001-01-01T00:00:00+00:00' });
    database.exec(`UPDATE phases SET status = 'success', ended_at = '${at(30)}' WHERE name = 'build'`);
    database.exec(`UPDATE sessions SET status = 'success', ended_at = '${at(31)}'`);
    const ends = () =>
      said(told, 'agent_updated', 'state').map(one => (one as { state: { status: string } }).state.status);
    await until('the end is told', async () => ends().includes('completed'));
    stopped.abort();
    await ended;
    database.close();
    expect(ends()).toEqual(['running', 'completed']);
    expect(said(told, 'phase_update', 'phase', 'state').slice(-1)).toEqual([{ phase: 'build', state: 'completed' }]);
    const lives = said(told, 'process_update', 'name', 'is_alive') as { name: string; is_alive?: boolean }[];
    expect(lives.filter(({ name }) => name === '')).toEqual([{ name: '', is_alive: true }]);
    expect(lives.some(({ name, is_alive }) => name !== '' && is_alive === true)).toBe(false);
    const ids = told.map(({ data }) => data.event_id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('a run that is resumed, and a phase that is tried again, are told to run again, though their rows say what they said before', async () => {
  const root = makeRun();
  const { database } = openFactory(root);
  const stopped = new AbortController();
  const { told, ended, isCaughtUp } = observe(root, { follow: true, signal: stopped.signal });
  const states = () => (said(told, 'agent_updated', 'state') as { state: { status: string } }[]).map(one => one.state);
  const builds = () =>
    said(told, 'phase_update', 'phase', 'state').filter(one => JSON.stringify(one).includes('build'));
  await until('the past is told', async () => isCaughtUp() && states().length === 1);
  const set = (status: string, endedAt: string) =>
    database.exec(`BEGIN; UPDATE phases SET status = '${status}', ended_at = ${endedAt} WHERE name = 'build';
      UPDATE sessions SET status = '${status}', ended_at = ${endedAt}; COMMIT`);
  set('fail', `'${at(30)}'`);
  await until('the failure is told', async () => states().length === 2 && builds().length === 2);
  set('running', 'NULL');
  await until('that it runs again is told', async () => states().length === 3 && builds().length === 3);
  stopped.abort();
  await ended;
  database.close();
  expect(states().map(({ status }) => status)).toEqual(['running', 'failed', 'running']);
  const times = (said(told, 'agent_updated', 'timestamp') as { timestamp: string }[]).map(({ timestamp }) => timestamp);
  expect(times).toEqual(times.toSorted());
  expect(builds().at(-1)).toEqual({ phase: 'build', state: 'running' });
  const ids = told.map(({ data }) => data.event_id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('an agent that another one started', () => {
  test('is a task of its parent, with its lines, its result, its tokens and its cost below it', async () => {
    const root = temporaryDirectory();
    writeFile(root, 'planner/raw_output.jsonl', session('s1', 'planned', 0.1));
    writeFile(root, 'planner/subagents/1/turn-1/raw_output.jsonl', session('s2', 'found it', 0.05, 2));
    writeFile(root, 'planner/subagents/1/turn-1/result.txt', 'Found src/app.ts');
    const telemetry = { turn: 1, task: 'find the routes', status: 'done', duration_ms: 4_000 };
    writeFile(root, 'planner/subagents/1/telemetry.jsonl', `${JSON.stringify(telemetry)}\n`);
    const events = await read(root);
    const id = 'planner/subagents/1/turn-1';
    const updates = said(events, 'task_update', 'task_id', 'state', 'description', 'result', 'parent_tool_use_id');
    expect(updates).toEqual([
      { task_id: id, state: 'running', parent_tool_use_id: null },
      { task_id: id, state: 'completed', result: 'found it', parent_tool_use_id: null },
      { task_id: id, state: 'completed', description: 'find the routes', parent_tool_use_id: null },
      { task_id: id, result: 'Found src/app.ts', parent_tool_use_id: null },
    ]);
    expect(said(events, 'text_block', 'content', 'agent_role', 'parent_tool_use_id')).toEqual(
      expect.arrayContaining([{ content: 'found it', agent_role: 'planner', parent_tool_use_id: id }]),
    );
    expect(events.filter(({ type }) => type === 'session_ended')).toHaveLength(1);
    const used = said(events, 'usage_update', 'parent_tool_use_id', 'cost_usd');
    expect(used).toContainEqual({ parent_tool_use_id: id, cost_usd: 0.05 });
  });
});
