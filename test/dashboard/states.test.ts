import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import {
  adwHash,
  complete,
  EXAMPLE_ID,
  eventCounts,
  openPage,
  replay,
  serve,
  serveProcess,
  textLine,
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
  await bar.getByText(/No output for \d+:\d\d/).waitFor();
  const text = await bar.innerText();
  expect(text).toMatch(/test_runner: no event for \d+:\d\d, waiting on Bash npm test \(\d+:\d\d\)/);
  const said = [...text.matchAll(/(\d+):(\d\d)/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  expect(said).toHaveLength(3);
  // However long the browser took to come so far.
  const nowSeconds = (Date.now() - Date.parse(timestamp)) / 1_000;
  expect(said.filter(seconds => seconds < 6 * 60 || seconds > nowSeconds)).toEqual([]);
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
  await watch(server, treeOf(ID, { 'reviewer/raw_output.jsonl': '' }), ID);
  const { page } = await openPage(server.url, adwHash(ID));
  await page
    .locator('.role', { hasText: 'reviewer' })
    .getByText(/no output yet/)
    .waitFor();
});

test('when another log stands where the old one was, the page reads it from its beginning', async () => {
  // The same places in a file hold other texts, and there is one fewer.
  const said = (word: string, count: number) =>
    treeOf(EXAMPLE_ID, {
      'reviewer/raw_output.jsonl': Array.from({ length: count }, (_, i) => textLine(`${word} ${i}.`)).join(''),
    });
  const server = await serveProcess();
  await replay(server, said('old', 300), EXAMPLE_ID);
  const { page } = await openPage(server.url, adwHash(EXAMPLE_ID));
  await complete(page);
  // Beyond the newest, of which the page has the bodies from the beginning.
  await page.keyboard.press('g');
  await page.locator('article', { hasText: 'old 2.' }).locator('.row-line').click();
  await page.locator('.inspector .markdown').getByText('old 2.').waitFor();
  await server.stop('SIGKILL');
  await page.locator('.bar.bad').getByText('Disconnected').waitFor();
  const other = await serveProcess(temporaryDirectory(), Number(new URL(server.url).port));
  await replay(other, said('new', 299), EXAMPLE_ID);
  await expect.poll(() => page.locator('.bar.bad').count()).toBe(0);
  // Those of the log before may be as many, with what the server says of itself.
  await page
    .locator('article', { hasText: /new \d+\./ })
    .first()
    .waitFor();
  await complete(page);
  await expect.poll(() => eventCounts(page, other)).toSatisfy(({ shown, there }) => shown === there);
  await page.keyboard.press('g');
  await page.locator('article', { hasText: 'new 2.' }).locator('.row-line').click();
  await expect.poll(() => page.locator('.inspector-summary').innerText()).toBe('new 2.');
  await expect.poll(() => page.locator('.inspector .markdown').innerText()).toBe('new 2.');
});
