import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import {
  adwHash,
  complete,
  EXAMPLE_ID,
  eventCounts,
  exampleAgents,
  openPage,
  replay,
  serve,
  treeOf,
  watch,
  watchWithoutOverride,
} from './world.ts';

const ID = '1a2b3c4d';

test('silence is said with its length, and with what is waited for', async () => {
  const server = await serve();
  const timestamp = new Date(Date.now() - 6 * 60_000).toISOString();
  const common = { adw_id: ID, event_id: 'e1', timestamp, timing: 'observed', agent_role: 'test_runner', attempt: 1 };
  const input = { command: 'npm test' };
  const call = { tool_name: 'Bash', tool_use_id: 't1', input, tool_input: input };
  await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: JSON.stringify({ type: 'tool_use_pre', data: { ...common, ...call } }),
  });
  const { page } = await openPage(server.url, adwHash(ID));
  const bar = page.locator('.bar.warn');
  await bar.getByText(/No output for 6:\d\d/).waitFor();
  expect(await bar.innerText()).toMatch(/Waiting on: test_runner · Bash npm test \(6:\d\d\)/);
  expect(await page.locator('.numbers').innerText()).toContain('stalled');
});

test('a file that may not be read is an error with its remedy, until it can be', async () => {
  const server = await serve();
  const lines = `${JSON.stringify({ type: 'system', subtype: 'init', session_id: 's', model: 'm', tools: [] })}\n`;
  const agents = treeOf(ID, { 'reviewer/raw_output.jsonl': lines, 'planner/raw_output.jsonl': lines });
  const file = join(agents, ID, 'reviewer/raw_output.jsonl');
  chmodSync(file, 0);
  watchWithoutOverride(server, agents, ID);
  const { page } = await openPage(server.url, adwHash(ID));
  const bar = page.locator('.bar.bad');
  await bar.getByText('reviewer/raw_output.jsonl cannot be read (EACCES). Give the user').waitFor();
  await bar.getByRole('button', { name: 'errors' }).click();
  await page.locator('.card', { hasText: 'File unreadable' }).locator('.error-row').click();
  await page.locator('article.selected', { hasText: 'cannot be read' }).waitFor();
  chmodSync(file, 0o600);
  await expect.poll(() => bar.count()).toBe(0);
});

test('a role that began and wrote nothing is there, with the time of its silence', async () => {
  const server = await serve();
  watch(server, treeOf(ID, { 'reviewer/raw_output.jsonl': '' }), ID);
  const { page } = await openPage(server.url, adwHash(ID));
  await page
    .locator('.role', { hasText: 'reviewer' })
    .getByText(/no output yet/)
    .waitFor();
});

test('when another log stands where the old one was, the page reads it from its beginning', async () => {
  const server = await serve();
  await replay(server, exampleAgents(), EXAMPLE_ID);
  const { page } = await openPage(server.url, adwHash(EXAMPLE_ID));
  await complete(page);
  await server.stop('SIGKILL');
  await page.locator('.bar.bad').getByText('Disconnected').waitFor();
  const other = await serve(temporaryDirectory(), Number(new URL(server.url).port));
  const agents = exampleAgents();
  // A role less, so that what is shown of the old log would be told from the new one.
  rmSync(join(agents, EXAMPLE_ID, 'documenter'), { recursive: true });
  await replay(other, agents, EXAMPLE_ID);
  await expect.poll(() => page.locator('.bar.bad').count()).toBe(0);
  await complete(page);
  await expect.poll(() => eventCounts(page, other)).toSatisfy(({ shown, there }) => shown === there);
});
