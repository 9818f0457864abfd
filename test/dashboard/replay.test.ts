import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { complete, openExample, openPage, recordTexts, serveExample } from './world.ts';

test('a position shows the run as it was then, and live is one step away', async () => {
  const { page, errors } = await openExample();
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

test('what lies ahead is said to, and counts for nothing', async () => {
  const { page } = await openExample();
  await complete(page);
  const marks = page.locator('.scrub-mark.error');
  await expect.poll(() => marks.count()).toBe(5);
  const bars = () => inkedPixels(page, '.spark canvas');
  await expect.poll(bars).toBeGreaterThan(0);
  const all = await bars();
  await page.getByLabel('Replay position').fill('700');
  await page.locator('.minimap-ahead').getByText('ahead').waitFor();
  await expect.poll(() => page.locator('.scrub-mark.error.ahead').count()).toBe(5);
  await expect.poll(bars).toBeLessThan(all);
  // A call is shown as it was when it was made: its result is the next event.
  await page.getByLabel('Replay position').focus();
  await page.keyboard.press('Shift+ArrowRight');
  const last = page.locator('[role=feed] article').last();
  await expect.poll(() => last.getAttribute('data-type')).toBe('tool_use_pre');
  await expect.poll(() => last.locator('.row-chips').innerText()).toMatch(/^~?\d+:\d\d$/);
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'Todos 3/3' }).waitFor();
  // The files of a role that has not begun are in the log already.
  expect(await page.getByRole('tab', { name: /^Screenshots/ }).innerText()).toBe('Screenshots');
  await page.getByRole('button', { name: '→ live' }).click();
  await expect.poll(() => page.locator('.minimap-ahead, .scrub-mark.ahead').count()).toBe(0);
  await page.getByRole('tab', { name: 'Todos 7/7' }).waitFor();
  await page.getByRole('tab', { name: /^Screenshots \d/ }).waitFor();
});

test('a link into a replay shows the same rows', async () => {
  const server = await serveExample();
  const { page } = await openExample();
  await complete(page);
  await page.getByLabel('Replay position').fill('100');
  await page.locator('.fresh').getByText('replay').waitFor();
  const [rows, numbers] = ['.row-count', '.numbers'];
  await page.locator(numbers).getByText('so far').waitFor();
  const shown = async (at: Page) => [await at.locator(rows).innerText(), await at.locator(numbers).innerText()];
  const there = await shown(page);
  const second = await openPage(server.url, await page.evaluate(() => location.hash));
  await complete(second.page);
  // Of the run at that moment also the numbers: while the newest rows are the only ones, an ordinal is another event's.
  await expect.poll(() => shown(second.page)).toEqual(there);
});

test('playing goes on to the end by itself', async () => {
  const { page } = await openExample();
  await complete(page);
  await page.getByLabel('Replay speed').selectOption('32');
  await page.getByLabel('Replay position').fill('1700');
  const offered = await recordTexts(page, '.scrubber :is([aria-label^=Play], [aria-label^=Pause])', 'aria-label');
  await page.getByRole('button', { name: 'Play (p)' }).click();
  await expect.poll(offered).toEqual(['Play (p)', 'Pause (p)', 'Play (p)']);
  await expect.poll(() => page.getByLabel('Replay position').inputValue()).toBe('2000');
});

/** How many pixels of the canvases something is drawn on. */
async function inkedPixels(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluateAll(all =>
    (all as unknown as Drawing[]).reduce((sum, canvas) => {
      if (canvas.width === 0) return sum;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return sum + data.filter((value, place) => place % 4 === 3 && value > 0).length;
    }, 0),
  );
}

/** A canvas, as far as the test reads it. */
interface Drawing {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): { getImageData(...box: number[]): { readonly data: Uint8ClampedArray } };
}
