import { expect, test } from 'vitest';
import { postEvents } from '../server/running.ts';
import { axeFindings } from './axe.ts';
import { adwHash, complete, EXAMPLE_ID, openExample, openShared, serveExample } from './world.ts';

const ID = '1a2b3c4d';

test('hits are marked in rows and bodies, and those in hidden kinds are counted and one click away', async () => {
  const { page, errors } = await openExample(adwHash(EXAMPLE_ID, 'q=sdlc_planner'));
  await complete(page);
  const marked = () =>
    page.evaluate(() => [...(CSS.highlights.get('search-hit') ?? [])].map(range => String(range).toLowerCase()));
  await expect.poll(() => page.locator('.hit-count').innerText()).toMatch(/^\d+ · \d+ more in hidden kinds$/);
  for (const width of [1024, 1280, 1366]) {
    await page.setViewportSize({ width, height: 800 });
    const right = await page
      .locator('.footer *')
      .evaluateAll(all => all.map(part => part.getBoundingClientRect().right));
    expect(Math.max(...right)).toBeLessThanOrEqual(width);
  }
  await page.getByRole('button', { name: /more in hidden kinds/ }).click();
  await expect.poll(() => page.locator('article').count()).toBeGreaterThan(0);
  await expect.poll(marked).toContain('sdlc');
  expect(await page.getByRole('button', { name: /more in hidden kinds/ }).count()).toBe(0);
  await page.locator('#search').fill('toggleTheme');
  await page.locator('#search').press('Enter');
  await page.locator('article.selected').waitFor();
  // The first hit in the body is in sight.
  const isSeen = () => {
    const first = [...(CSS.highlights.get('search-hit') ?? [])].find(range =>
      (range as Range).startContainer.parentElement?.closest('.inspector-body'),
    ) as Range | undefined;
    const pane = first?.startContainer.parentElement?.closest('.inspector-body')?.getBoundingClientRect();
    const hit = first?.getBoundingClientRect();
    return hit !== undefined && pane !== undefined && hit.top >= pane.top && hit.bottom <= pane.bottom;
  };
  await expect.poll(() => page.evaluate(isSeen)).toBe(true);
  await page.locator('#search').press('Tab');
  await page.locator('#search:not(:focus)').waitFor();
  expect(errors).toEqual([]);
  // No run can ever have this id: it is said, and not tried again.
  await page.evaluate(() => (location.hash = '#/adw/--skip-e2e'));
  await page.getByText('Invalid ADW id "--skip-e2e"').waitFor();
  expect(await page.getByText('Trying again').count()).toBe(0);
});

test('a row is named by what it did and what came of it, and keys work after a list was chosen from', async () => {
  // It takes other runs, too.
  const server = await serveExample();
  const event = (type: string, data: object) => ({ type, data: { adw_id: ID, agent_role: 'builder', ...data } });
  const call = { tool_name: 'Bash', tool_use_id: 't1' };
  await postEvents(server.url, [
    event('agent_log', { level: 'INFO', message: '/build the thing', event_type: 'prompt' }),
    event('tool_use_pre', {
      ...call,
      input: { command: `cd /p/app && npm test -- ${'long/'.repeat(14)}last-part.ts`, description: 'Run the tests' },
    }),
    event('tool_use_post', { ...call, success: false, status: 'error', error: 'Exit code 1', output: 'a \u202e b' }),
    event('text_block', { content: 'pay **\u202e evil** \u2066(now), &#x202d; `\u202a`' }),
    event('text_block', { content: 'another role', agent_role: 't\u200bester' }),
    event('thinking_block', { content: 'think \u2067 twice' }),
    event('session_ended', { subtype: 'success', is_error: true, num_turns: 80, result: 'Credit balance is too low' }),
  ]);
  const { page, errors } = await openShared(server.url, adwHash(ID));
  await complete(page);
  await page.getByRole('article', { name: /^Bash npm test -- .*last-part\.ts failed/ }).waitFor();
  await page.getByRole('article', { name: /^prompt \/build the thing/ }).waitFor();
  await page.getByRole('article', { name: /pay .*\[U\+202E\] evil.* \[U\+2066\]\(now\)/ }).waitFor();
  await page.getByRole('navigation', { name: 'Roles' }).getByText('t[U+200B]ester').waitFor();
  await page.getByRole('article', { name: /^result failed · 80 turns/ }).waitFor();
  await page.getByLabel('Replay speed').click();
  await page.getByLabel('Replay speed').selectOption('8');
  await page.keyboard.press('G');
  await page.locator('article.selected').waitFor();
  // Nor does it keep them where nothing was chosen.
  await page.getByLabel('Replay speed').click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.locator('article.selected[aria-posinset="1"]').waitFor();
  await page.keyboard.press('e');
  await page.locator('article.selected[data-type=tool_use_pre]').waitFor();
  await page.locator('.inspector .output', { hasText: 'a [U+202E] b' }).waitFor();
  await page.locator('article[data-type=text_block]').first().click();
  await page.locator('.inspector .markdown strong', { hasText: '[U+202E] evil' }).waitFor();
  const said = await page.locator('.inspector .markdown').innerText();
  expect(said).toMatch(/^pay \[U\+202E\] evil \[U\+2066\]\(now\), \[U\+202D\] \[U\+202A\]$/);
  await page.locator('article[data-type=thinking_block]').click();
  await page.locator('.inspector .prose', { hasText: 'think [U+2067] twice' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});
