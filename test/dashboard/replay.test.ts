import { expect, test } from 'vitest';
import { adwHash, complete, EXAMPLE_ID, openPage, recordTexts, serveExample } from './world.ts';

test('a position shows the run as it was then, and live is one step away', async () => {
  const server = await serveExample();
  const { page, errors } = await openPage(server.url, adwHash(EXAMPLE_ID));
  await complete(page);
  const cost = page.locator('.numbers [title*="results say"] b, .numbers [title*="token usage"] b');
  const final = await cost.innerText();
  const rows = async () => Number((await page.locator('.row-count').innerText()).replace(/\D/g, ''));
  const all = await rows();
  await page.getByLabel('Replay position').fill('1000');
  await page.locator('.fresh').getByText('replay').waitFor();
  await expect.poll(rows).toBeLessThan(all);
  await expect.poll(() => cost.innerText()).not.toBe(final);
  const then = await rows();
  await page.getByLabel('Replay position').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(rows).toBe(then + 1);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(rows).toBe(then);
  expect(await page.evaluate(() => location.hash)).toMatch(/[?&]t=\d+/);
  await page.getByRole('button', { name: '→ live' }).click();
  await expect.poll(rows).toBe(all);
  await expect.poll(() => cost.innerText()).toBe(final);
  expect(errors).toEqual([]);
});

test('a link into a replay shows the same rows', async () => {
  const server = await serveExample();
  const { page } = await openPage(server.url, adwHash(EXAMPLE_ID));
  await complete(page);
  await page.getByLabel('Replay position').fill('600');
  await page.locator('.fresh').getByText('replay').waitFor();
  const rows = await page.locator('.row-count').innerText();
  const second = await openPage(server.url, await page.evaluate(() => location.hash));
  await complete(second.page);
  await expect.poll(() => second.page.locator('.row-count').innerText()).toBe(rows);
});

test('playing goes on to the end by itself', async () => {
  const server = await serveExample();
  const { page } = await openPage(server.url, adwHash(EXAMPLE_ID));
  await complete(page);
  await page.getByLabel('Replay speed').selectOption('32');
  await page.getByLabel('Replay position').fill('1700');
  const offered = await recordTexts(page, '.scrubber :is([aria-label^=Play], [aria-label^=Pause])', 'aria-label');
  await page.getByRole('button', { name: 'Play (p)' }).click();
  await expect.poll(offered).toEqual(['Play (p)', 'Pause (p)', 'Play (p)']);
  await expect.poll(() => page.getByLabel('Replay position').inputValue()).toBe('2000');
});
