import { appendFile, mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { EXAMPLE_ID, exampleProject, runHere, startHere, temporaryDirectory } from './processes.ts';

const ID = '1a2b3c4d';

const initLine = `${JSON.stringify({ type: 'system', subtype: 'init', session_id: 's1', model: 'm', tools: [], cwd: '/w' })}\n`;

/** The line with which an agent ends. */
function resultLine(isError: boolean): string {
  const subtype = isError ? 'error_during_execution' : 'success';
  const result = { type: 'result', subtype, is_error: isError, num_turns: 1, result: 'done', session_id: 's1' };
  return `${JSON.stringify({ ...result, usage: { input_tokens: 1, output_tokens: 1 } })}\n`;
}

/** The one line that `wait` prints. */
function told(stdout: string): Record<string, unknown> {
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('wait is silent until a run that did not exist yet has reached a phase, or has ended, and tells how', {
  timeout: 150_000,
}, async () => {
  const agents = join(await temporaryDirectory(), 'agents');
  await mkdir(agents);
  const wait = (...args: string[]) => startHere(['wait', ID, '--agents-dir', agents, ...args]);
  const ended = await wait();
  const inPlan = await wait('--until', 'phase=plan');
  const never = await wait('--until', 'phase=ship', '--timeout', '2s');

  expect(await never.finished).toMatchObject({ code: 124, stderr: '' });

  // In one step: a role that has written nothing yet is told of as soon as its directory is there.
  const made = join(await temporaryDirectory(), ID);
  await mkdir(join(made, 'sdlc_planner'), { recursive: true });
  await writeFile(join(made, 'sdlc_planner', 'raw_output.jsonl'), initLine);
  await rename(made, join(agents, ID));
  expect(await inPlan.finished).toMatchObject({ code: 0, stderr: '' });
  expect(told(inPlan.stdout())).toMatchObject({ status: 'running', phases: { plan: 'running' } });
  expect(ended.stdout()).toBe('');

  await appendFile(join(agents, ID, 'sdlc_planner', 'raw_output.jsonl'), resultLine(true));
  await writeFile(
    join(agents, ID, 'adw_state.json'),
    JSON.stringify({ adw_id: ID, status: 'failed', error: 'no plan' }),
  );
  expect(await ended.finished).toMatchObject({ code: 1, stderr: '' });
  expect(told(ended.stdout())).toMatchObject({ status: 'failed', phase: 'plan' });
});

test('wait asks a server as it asks the disk, and what it prints stays small', async () => {
  const { agents } = await exampleProject();
  // A checkout dates its files: where the run fell silent five minutes ago, what is due next may change between two questions.
  const yesterday = Date.now() / 1_000 - 86_400;
  for (const path of await readdir(agents, { recursive: true })) await utimes(join(agents, path), yesterday, yesterday);
  const server = await serverForTest();
  await runHere(['replay', EXAMPLE_ID, '--server', server.url, '--agents-dir', agents]);
  const [fromServer, fromDisk, status] = await Promise.all([
    runHere(['wait', EXAMPLE_ID, '--server', server.url]),
    runHere(['wait', EXAMPLE_ID, '--agents-dir', agents]),
    runHere(['status', EXAMPLE_ID, '--json', '--brief', '--agents-dir', agents]),
  ]);

  expect([fromServer.code, fromDisk.code, status.code]).toEqual([0, 0, 0]);
  const brief = told(fromDisk.stdout);
  expect(brief).toMatchObject({ status: 'completed', why: "the workflow's log says completed" });
  expect(told(fromServer.stdout)).toMatchObject({ status: 'completed', why: brief.why, cost_usd: brief.cost_usd });
  expect(JSON.parse(status.stdout)).toEqual(brief);
  expect(fromDisk.stdout.length).toBeLessThan(2_000);
});

test('wait says which conditions there are', async () => {
  const { code, stderr } = await runHere(['wait', ID, '--until', 'phase=']);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--until wants ended, waiting or phase=<phase> \(plan, .*not "phase="/),
  });
});
