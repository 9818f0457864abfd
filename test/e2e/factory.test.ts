import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { at, openFactory, RUN, session, tellOfRun, traceOf, writeFile } from '../sidecar/factory-world.ts';
import { until } from '../support/until.ts';
import { runHere, start, temporaryDirectory } from './processes.ts';

interface LogEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly state?: { readonly status?: string } };
}

async function logOf(url: string): Promise<LogEvent[]> {
  const answer = await fetch(`${url}/api/v1/adws/${RUN}/events?limit=1000`);
  const { events } = answer.ok ? ((await answer.json()) as { events: LogEvent[] }) : { events: [] };
  // What the server concludes comes when it does.
  return events.filter(({ type }) => type !== 'adw_status');
}

test('a factory is watched over a kill -9, each thing once, and read cold with the same truth', async () => {
  const root = await temporaryDirectory();
  const stateDir = await temporaryDirectory();
  const { database, insert, ...factory } = openFactory(root);
  tellOfRun({ database, insert, ...factory });
  writeFile(root, 'planner/raw_output.jsonl', session('s1', 'planned', 0.1));
  const server = await serverForTest();
  const options = { cwd: join(root, 'adws'), env: { ADW_STREAM_STATE_DIR: stateDir } };
  const watch = () => start(['watch', RUN, '--server', server.url, '--poll', '50ms'], options);
  const told =
    (type: string, ...names: string[]) =>
    async () =>
      (await logOf(server.url))
        .filter(event => event.type === type)
        .map(({ data }) => names.map(name => data[name]).join(' '));
  const phases = told('phase_update', 'phase', 'attempt', 'state');

  const first = watch();
  await until('the phases are told', async () => (await phases()).includes('build 1 running'));
  first.process.kill('SIGKILL');
  await first.finished;
  // While no watch runs a gate fails, and the agent goes on.
  writeFile(root, 'builder/raw_output.jsonl', session('s2', 'built', 0.2, 11));
  const gate = { adw_id: RUN, phase_id: `${RUN}_04_build`, gate: 'builds', violations_json: '["tsc: exit 2"]' };
  insert('gate_results', { ...gate, attempt: 1, passed: 0, created_at: at(20) });
  const second = watch();
  await until('the gate is told', async () => (await phases()).includes('build 2 running'));
  appendFileSync(
    join(root, 'adws', 'adw_data', 'sessions', RUN, 'builder', 'raw_output.jsonl'),
    session('s2', 'corrected', 0.3, 21),
  );
  database.exec(`UPDATE phases SET status = 'success', attempt = 1, ended_at = '${at(30)}' WHERE name = 'build'`);
  database.exec(`UPDATE sessions SET status = 'success', ended_at = '${at(31)}'`);
  const texts = told('text_block', 'content');
  const ends = async () => (await logOf(server.url)).some(({ data }) => data.state?.status === 'completed');
  await until('the end is told', async () => (await ends()) && (await texts()).length === 3);
  const written = traceOf(root);
  second.process.kill('SIGTERM');
  await second.finished;

  expect(await texts()).toEqual(['planned', 'built', 'corrected']);
  expect(await phases()).toEqual([
    ...['request 1 completed', 'plan 1 failed', 'plan 2 completed', 'commit_plan 1 completed', 'build 1 running'],
    ...['build 1 failed', 'build 2 running', 'build 2 completed'],
  ]);
  expect(await told('gate_result', 'gate', 'attempt', 'passed')()).toEqual([
    ...['artifacts_exist 1 false', 'artifacts_exist 2 true', 'builds 1 false'],
  ]);
  const log = await logOf(server.url);
  const ids = log.map(({ data }) => data.event_id);
  expect(new Set(ids).size).toBe(ids.length);

  const io = { cwd: root, env: { ...process.env, ADW_STREAM_STATE_DIR: stateDir } };
  const summaryOf = ({ stdout }: { readonly stdout: string }) => {
    const { title, totals, roles, phases } = JSON.parse(stdout);
    return { title, totals: { ...totals, events: 0 }, roles: roles.map((one: { role: string }) => one.role), phases };
  };
  const cold = summaryOf(await runHere(['status', RUN, '--json'], io));
  const live = summaryOf(await runHere(['status', RUN, '--json', '--server', server.url], io));
  expect(cold).toEqual(live);
  expect(cold.title).toBe('add a /health endpoint');
  expect((await runHere(['list'], io)).stdout).toMatch(/LAYOUT[\s\S]*f00dcafe\s+factory/);
  expect((await runHere(['verify', RUN, '--server', server.url], io)).code).toBe(0);
  const replayed = await runHere(['replay', RUN, '--server', server.url], io);
  expect([replayed.code, (await logOf(server.url)).length]).toEqual([0, log.length]);
  expect(traceOf(root)).toEqual(written);
  database.close();
});
