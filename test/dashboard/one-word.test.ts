import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { runHere } from '../e2e/processes.ts';
import { until } from '../support/until.ts';
import { adwHash, EXAMPLE_ID, exampleAgents, openPage, recordTexts, serve, treeOf, watch } from './world.ts';

const ID = '1a2b3c4d';
/** Roles of the example, as its workflow runs them. */
const ROLES = ['sdlc_planner', 'documenter'];

test('home, page, status and list agree on what a run is while it is written, and no end is shown before the end', async () => {
  const recorded = join(exampleAgents(), EXAMPLE_ID);
  const agents = treeOf(ID, {});
  const server = await serve();
  await watch(server, agents, ID);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(agents, ID, path)), { recursive: true });
    appendFileSync(join(agents, ID, path), text);
  };
  const logLines = readFileSync(join(recorded, 'adw_sdlc_iso/execution.log'), 'utf8').trimEnd().split('\n');
  const log = (line: string | undefined) => write('adw_sdlc_iso/execution.log', `${line}\n`);
  log(logLines[0]);
  const { page: home } = await openPage(server.url, '#/');
  const { page } = await openPage(server.url, adwHash(ID));
  const homeState = `[data-adw="${ID}"] .status`;
  const pageState = '.adw-header .numbers .status';
  const record = async (where: Page, place: string) => {
    await where.locator(place).first().waitFor();
    return recordTexts(where, place);
  };
  const seen = [await record(home, homeState), await record(page, pageState)];

  // In this process: each state is asked for many times, and a start of the command takes most of a second of a processor.
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await runHere([...args, '--json'])).stdout);
  const onScreen = async (where: Page, place: string) => (await where.locator(place).first().innerText()).trim();
  /** The state that all of them say; asked until they do, since each learns of a line in its own moment. */
  const agreed = async (): Promise<string> => {
    let status = '';
    const isSaid = async () => {
      const answer = await fetch(`${server.url}/api/v1/adws/${ID}`);
      status = ((await answer.json()) as { status: string }).status.replaceAll('_', ' ');
      return status === (await onScreen(home, homeState)) && status === (await onScreen(page, pageState));
    };
    await until('the pages say what the server does', isSaid, { everyMs: 100 });
    const fromDisk = ['--agents-dir', agents];
    const [list, one] = await Promise.all([json('list', ...fromDisk), json('status', ID, ...fromDisk)]);
    const told = [...(list as { status: string }[]), one as { status: string }];
    return told.every(adw => adw.status.replaceAll('_', ' ') === status) ? status : '';
  };
  const untilAgreed = (status: string) => until(`all say ${status}`, async () => (await agreed()) === status);

  await untilAgreed('pending');
  for (const role of ROLES) {
    const lines = readFileSync(join(recorded, role, 'raw_output.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const half = Math.ceil(lines.length / 2);
    write(`${role}/raw_output.jsonl`, `${lines.slice(0, half).join('\n')}\n`);
    await untilAgreed('running');
    write(`${role}/raw_output.jsonl`, `${lines.slice(half).join('\n')}\n`);
    await untilAgreed('between roles');
  }
  const [status, list] = await Promise.all([
    json('status', ID, '--server', server.url),
    json('list', '--server', server.url),
  ]);
  expect(status).toMatchObject({ status: 'between_roles', why: expect.stringMatching(/^documenter ended/) });
  expect(list).toMatchObject([{ status: 'between_roles' }]);
  for (const shown of await Promise.all(seen.map(states => states()))) {
    expect(shown.filter(word => /completed|failed|ended/.test(word))).toEqual([]);
    expect(shown).toContain('running');
  }
  log(logLines.at(-1));
  await untilAgreed('completed');
});
