import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  adwHash,
  complete,
  drawn,
  EXAMPLE_ID,
  exampleAgents,
  openExample,
  openPage,
  rested,
  serve,
  serveExample,
  treeOf,
  watch,
} from './world.ts';

/** px between the list's end and what is seen of it: rows above may be measured meanwhile. */
const fromEnd = (page: Page) =>
  page.locator('.feed').evaluate(feed => feed.scrollHeight - feed.clientHeight - feed.scrollTop);
const hash = (page: Page) => page.evaluate(() => location.hash);

test('a row is selected that was pressed before another one arrived', async () => {
  const lines = readFileSync(join(exampleAgents(), EXAMPLE_ID, 'sdlc_implementor/raw_output.jsonl'), 'utf8');
  const agents = treeOf('1a2b3c4d', { 'sdlc_implementor/raw_output.jsonl': lines });
  const server = await serve();
  await watch(server, agents, '1a2b3c4d');
  const { page, errors } = await openPage(server.url, adwHash('1a2b3c4d'));
  await complete(page);
  await page.locator('article[data-type=session_ended]').waitFor();
  await drawn(page);
  await page.locator('article').nth(-3).locator('.row-summary').hover();
  const rows = Number((await page.locator('.row-count').innerText()).replace(/\D/g, ''));
  // Which row is pressed the page says in that moment: until then the server's own word may have moved them all.
  // It listens before the mouse is told to press: of two commands in flight the browser may take the second first.
  const pressed = await page.evaluateHandle(() => {
    const row: { seq?: string | undefined; summary?: string } = {};
    const tell = ({ target }: Event) => {
      const article = (target as Element).closest<HTMLElement>('article');
      row.seq = article?.dataset.seq;
      row.summary = article?.querySelector('.row-summary')?.textContent ?? '';
    };
    document.addEventListener('mousedown', tell, { capture: true, once: true });
    return row;
  });
  await page.mouse.down();
  await expect.poll(async () => (await pressed.jsonValue()).summary).toBeTruthy();
  const { seq, summary } = await pressed.jsonValue();
  appendFileSync(join(agents, '1a2b3c4d/sdlc_implementor/raw_output.jsonl'), lines);
  await expect
    .poll(async () => Number((await page.locator('.row-count').innerText()).replace(/\D/g, '')))
    .toBeGreaterThan(rows);
  await drawn(page);
  await page.mouse.up();
  await expect.poll(() => page.locator('article.selected').getAttribute('data-seq')).toBe(seq);
  expect(await page.locator('.inspector-summary').innerText()).toContain(summary);
  expect(errors).toEqual([]);
});

test('no row covers another, also when the first rows that the page had were all that there are', async () => {
  const server = await serve();
  const common = { adw_id: '1a2b3c4d', timing: 'observed', agent_role: 'builder', attempt: 1 };
  const messages = ['one', 'two', 'three'].map(message => ({
    type: 'chat_message',
    data: { ...common, event_id: message, timestamp: new Date().toISOString(), message },
  }));
  await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(messages),
  });
  const { page } = await openPage(server.url, adwHash('1a2b3c4d'));
  await complete(page);
  const gaps = () =>
    page.locator('article').evaluateAll(rows => {
      const boxes = rows.map(row => row.getBoundingClientRect());
      return boxes.slice(1).map((box, i) => Math.round(box.top - boxes[i]!.bottom));
    });
  await expect.poll(gaps).toEqual([0, 0, 0]);
});

describe('on the way from one page to another', () => {
  test('what was looked at before is left behind', async () => {
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'role=test_runner&attempt=2&tab=cost'));
    const command = async (words: string) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type(words);
      await page.keyboard.press('Enter');
    };
    await page.locator('.figure').first().waitFor();
    await command('all workflows');
    await page.locator('.adw-rows .at-title').click();
    await expect.poll(() => hash(page)).toBe(adwHash(EXAMPLE_ID));
    await page.goBack();
    await page.goBack();
    await expect.poll(() => hash(page)).toContain('attempt=2');
    await page.locator('.figure').first().waitFor();
    await command('sdlc_planner role');
    await expect.poll(() => hash(page)).toBe(adwHash(EXAMPLE_ID, 'role=sdlc_planner'));
  });

  test('a link that is opened beside the page leaves it where it is', async () => {
    const server = await serveExample();
    const { page } = await openPage(server.url, '#/');
    const opened = page.context().waitForEvent('page');
    await page.locator('[data-adw] a').click({ modifiers: ['Control'] });
    await opened;
    expect(await hash(page)).toBe('#/');
  });

  test('a jump out of a tab can be taken back', async () => {
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'tab=errors&role=sdlc_planner'));
    await page.locator('.error-row').first().click();
    await page.locator('article.selected').waitFor();
    await page.goBack();
    await expect.poll(() => hash(page)).toBe(adwHash(EXAMPLE_ID, 'tab=errors&role=sdlc_planner'));
  });

  test('a list of many workflows keeps the focus on the one that has it', async () => {
    const server = await serve();
    const ids = Array.from({ length: 230 }, (_, i) => `a${String(i).padStart(7, '0')}`);
    const report = (some: readonly string[]) =>
      fetch(`${server.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          some.map(adw_id => ({ type: 'agent_log', data: { adw_id, level: 'INFO', message: 'x', agent_role: 'r' } })),
        ),
      });
    await report(ids);
    const { page } = await openPage(server.url, '#/');
    const rows = page.locator('[data-adw]');
    await rows.nth(3).focus();
    const focused = await page.locator('[data-adw]:focus').getAttribute('data-adw');
    const first = await rows.first().getAttribute('data-adw');
    await report(ids.slice(60, 62));
    await expect.poll(() => rows.first().getAttribute('data-adw')).not.toBe(first);
    expect(await page.locator('[data-adw]:focus').getAttribute('data-adw')).toBe(focused);
  });
});

test('a pane that is closed fills the page no more', async () => {
  const { page } = await openExample();
  await complete(page);
  await page.locator('article .row-line').last().click();
  await page.getByLabel('Maximise the inspector').click();
  await page.locator('.feed').waitFor({ state: 'hidden' });
  await page.getByLabel('Close the inspector').click();
  await page.locator('.feed').waitFor();
});

test('stored choices that do not fit are not taken', async () => {
  const server = await serveExample();
  const stored = { name: 'adw-stream.preferences', value: '{"density":"huge","speed":null,"lanes":false}' };
  const origins = [{ origin: server.url, localStorage: [stored] }];
  const { page } = await openPage(server.url, adwHash(EXAMPLE_ID), { storageState: { cookies: [], origins } });
  await complete(page);
  await page.locator('.density-normal').waitFor();
  expect(await page.getByLabel('Replay speed').inputValue()).toBe('4');
  expect(await page.getByRole('button', { name: 'lanes' }).getAttribute('aria-pressed')).toBe('false');
});

describe('the place that its reader scrolled to', () => {
  test('is kept, though rows are drawn before the browser tells of it', async () => {
    const { page } = await openExample();
    await complete(page);
    await drawn(page);
    // A page that becomes visible draws its rows at once.
    await page.locator('.feed').evaluate(feed => {
      feed.scrollTop -= 300;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await drawn(page);
    expect(await fromEnd(page)).toBeGreaterThan(150);
    expect(await hash(page)).toContain('follow=0');
  });

  test('is kept, though it is only a little above the end', async () => {
    const { page } = await openExample();
    await complete(page);
    await rested(page);
    await page.locator('.feed').hover();
    // Rows that are measured late move the end, too, and may take so little of a scroll back: a person turns the wheel again.
    const wheel = async (by: number) => {
      await page.mouse.wheel(0, by);
      await rested(page);
      return hash(page);
    };
    await expect.poll(() => wheel(-20)).toContain('follow=0');
    expect(await fromEnd(page)).toBeGreaterThan(10);
    await expect.poll(() => wheel(20)).not.toContain('follow=0');
  });
});
