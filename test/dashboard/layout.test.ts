import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axeFindings } from './axe.ts';
import {
  adwHash,
  complete,
  EXAMPLE_ID,
  openExample,
  openShared,
  replay,
  serveExample,
  textLine,
  treeOf,
} from './world.ts';

const ID = '1a2b3c4d';

const boxOf = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate(element => {
      const { left, right, width, height } = element.getBoundingClientRect();
      return { left: Math.round(left), right: Math.round(right), width, height };
    });

test('minimap, ticks, lanes and scrubber lie on one axis, also when it is zoomed', async () => {
  const { page, errors } = await openExample();
  await complete(page);
  const { left, right } = await boxOf(page, '.minimap');
  for (const selector of ['.ticks', '.lane-canvas', '.scrub-track'])
    expect({ selector, ...(await boxOf(page, selector)) }).toMatchObject({ selector, left, right });
  const ticks = () => page.locator('.ticks span').allInnerTexts();
  const all = await ticks();
  expect(all.length).toBeGreaterThan(2);
  await page.getByLabel('Zoom in').click();
  await expect.poll(ticks).not.toEqual(all);
  await page.getByLabel('Show the whole run').click();
  await expect.poll(ticks).toEqual(all);
  expect(errors).toEqual([]);
});

test('a low window keeps at least half of itself for the timeline; lanes come back when they are asked for', async () => {
  const { page } = await openExample(adwHash(EXAMPLE_ID), { viewport: { width: 1280, height: 720 } });
  await complete(page);
  expect(await page.locator('.lanes').count()).toBe(0);
  const feed = await boxOf(page, '.feed');
  expect(feed.height).toBeGreaterThanOrEqual(360);
  expect(feed.width).toBeGreaterThanOrEqual(640);
  await page.getByRole('button', { name: 'lanes', exact: true }).click();
  await page.locator('.lanes').waitFor();
  // Tabs without room are in a list of all.
  await page.getByLabel('All views').selectOption('raw');
  await page.locator('#tab-raw[aria-selected=true]').waitFor();
  // Those in sight are whole, and the chosen one is among them.
  const inSight = () =>
    page.locator('.tabs').evaluate(strip => {
      const edge = strip.getBoundingClientRect();
      const boxes = [...strip.children].map(tab => ({ id: tab.id, box: tab.getBoundingClientRect() }));
      const seen = boxes.filter(({ box }) => box.top < edge.bottom - 2 && box.bottom > edge.top + 2);
      return { ids: seen.map(({ id }) => id), right: Math.max(...seen.map(({ box }) => box.right)) - edge.right };
    });
  for (const width of [1024, 1280]) {
    await page.setViewportSize({ width, height: 720 });
    await expect.poll(async () => (await inSight()).ids).toContain('tab-raw');
    expect((await inSight()).right).toBeLessThanOrEqual(0);
  }
});

test('panes are resized with the keyboard, a theme is chosen, and both are remembered', async () => {
  const { page, errors } = await openExample();
  await complete(page);
  const before = (await boxOf(page, '.inspector')).width;
  const edge = page.getByRole('separator', { name: 'Width of the inspector' });
  await edge.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(async () => (await boxOf(page, '.inspector')).width).toBeGreaterThan(before + 10);
  await expect
    .poll(() => edge.getAttribute('aria-valuenow'))
    .toBe(String(Math.round((await boxOf(page, '.inspector')).width - 1)));
  await page.getByLabel('Theme: auto').click();
  await page.getByLabel('Theme: light').click();
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await expect.poll(theme).toBe('dark');
  expect(await axeFindings(page)).toEqual([]);
  await page.reload();
  await complete(page);
  expect(await theme()).toBe('dark');
  expect((await boxOf(page, '.inspector')).width).toBeGreaterThan(before + 10);
  await edge.focus();
  await page.keyboard.press('Home');
  await expect.poll(async () => (await boxOf(page, '.inspector')).width).toBe(before);
  expect(errors).toEqual([]);
});

test('every role has a lane, in the order in which they began', async () => {
  // It takes other runs, too.
  const server = await serveExample();
  const names = Array.from({ length: 20 }, (_, i) => `role_${String.fromCharCode(116 - i)}`);
  const agents = treeOf(
    ID,
    Object.fromEntries(names.map(name => [`${name}/raw_output.jsonl`, textLine(`${name} speaks`)])),
  );
  await replay(server, agents, ID);
  const { page } = await openShared(server.url, adwHash(ID));
  await complete(page);
  const order = await page.locator('.role-list .role-name').allInnerTexts();
  expect(order).toHaveLength(21);
  await expect.poll(() => page.locator('.lane-name').allInnerTexts()).toEqual(order.slice(1));
  const rows = await page.locator('article[data-type=text_block] .row-summary').allInnerTexts();
  const spoken = rows.map(words => words.split(' ')[0]);
  expect(order.slice(1).filter(name => spoken.includes(name))).toEqual(spoken);
});
