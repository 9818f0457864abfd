import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { axeFindings } from './axe.ts';
import { adwHash, complete, openExample, openPage, replay, serve, treeOf } from './world.ts';

const ID = '1a2b3c4d';

const line = (fields: object) => `${JSON.stringify({ session_id: 's1', parent_tool_use_id: null, ...fields })}\n`;

/** Three calls of one message, of which the first fails and cancels the others, then the end of a session that failed. */
const FAILED = [
  line({ type: 'system', subtype: 'init', model: 'm', tools: [], cwd: '/p' }),
  line({
    type: 'assistant',
    message: {
      id: 'm1',
      model: 'm',
      role: 'assistant',
      content: ['one', 'two', 'three'].map(id => ({
        type: 'tool_use',
        id,
        name: 'Bash',
        input: { command: `check ${id}` },
      })),
    },
  }),
  ...['Exit code 7', 'Sibling tool call errored', 'Sibling tool call errored'].map((content, i) =>
    line({
      type: 'user',
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: ['one', 'two', 'three'][i], is_error: true, content }],
      },
    }),
  ),
  line({
    type: 'result',
    subtype: 'error_during_execution',
    is_error: true,
    num_turns: 80,
    duration_ms: 1000,
    errors: ['the disk is full'],
  }),
].join('');

test('a run that has ended opens on how it went, and each line leads to its event or tab', async () => {
  const { page, errors } = await openExample();
  await complete(page);
  const pane = page.getByRole('complementary', { name: 'Inspector' });
  const text = async () => (await pane.innerText()).replace(/\s+/g, ' ');
  await pane.getByRole('region', { name: 'Dearest turns' }).waitFor();
  await expect.poll(text).toContain('6 files, +34 −4');
  for (const words of ['completed', 'Request #42 Add a dark mode toggle', 'Plan', 'Cost $0.67'])
    expect(await text()).toContain(words);
  await pane.locator('.request-prompt').click();
  await page.locator('article.selected', { hasText: 'prompt' }).waitFor();
  await page.keyboard.press('Escape');
  await pane.getByRole('region', { name: 'Dearest turns' }).waitFor();
  // Two files, and two pictures that a tool answered with.
  expect(await pane.locator('.summary-shots img').count()).toBe(4);
  expect(await axeFindings(page)).toEqual([]);
  await pane.getByRole('region', { name: 'Errors' }).locator('button').last().focus();
  await page.keyboard.press('Enter');
  await page.locator('article.selected .tone-bad').first().waitFor();
  await page.keyboard.press('Escape');
  await pane.getByRole('button', { name: 'show the event' }).click();
  await page.locator('article.selected').waitFor();
  await page.locator('#tab-summary').click();
  await page.locator('#panel-summary').getByRole('button', { name: '6 files' }).click();
  await page.locator('#tab-files[aria-selected=true]').waitFor();
  expect(errors).toEqual([]);
});

test('a failed run says so below its header with the reason, and a click shows the event; what it cancelled is one error', async () => {
  const server = await serve({ settleMs: 1 });
  await replay(server, treeOf(ID, { 'builder/raw_output.jsonl': FAILED }), ID);
  const { page, errors } = await openPage(server.url, adwHash(ID));
  await complete(page);
  const banner = page.locator('.bar.bad', { hasText: 'Failed:' });
  await banner.waitFor();
  expect(await banner.innerText()).toContain('the disk is full');
  const causes = page.getByRole('region', { name: 'Errors' }).locator('li');
  await expect
    .poll(async () => (await causes.allInnerTexts()).map(said => said.replace(/\s+/g, ' ')))
    .toContain('Exit code 7 3× Bash check one · cancelled 2 calls beside it');
  expect(await axeFindings(page)).toEqual([]);
  await banner.getByRole('button', { name: 'show the event' }).click();
  await page.locator('article.selected[data-type=session_ended]').waitFor();
  // Every count of errors is of the same ones; how the session ended stands apart.
  await page.locator('#tab-errors').click();
  const cause = page.locator('#panel-errors .card', { hasText: 'Tool failed: Bash' });
  expect(await cause.locator('h2').innerText()).toBe('Exit code 7');
  await cause.getByText('cancelled 2 calls beside it').click();
  expect(await cause.locator('.error-row:visible').count()).toBe(3);
  const apart = page.getByRole('region', { name: 'Not counted as errors' });
  expect(await apart.locator('.card h2').allInnerTexts()).toContain('Session failed');
  const numbers = async (of: Locator) => (await of.allInnerTexts()).map(Number);
  const counted = await numbers(page.locator('#panel-errors .padded > .card .chip'));
  expect(counted.length).toBeGreaterThan(0);
  expect([counted.reduce((sum, one) => sum + one)]).toEqual(await numbers(page.locator('#tab-errors .count')));
  expect(await axeFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test('while a run goes on, the empty pane says how to select, and replay shows no end', async () => {
  const { page } = await openExample();
  await complete(page);
  await page.locator('.run-summary').waitFor();
  await page.getByRole('button', { name: 'One event back (,)' }).click();
  await page.getByText('Nothing selected').waitFor();
  expect(await page.locator('.run-summary').count()).toBe(0);
});
