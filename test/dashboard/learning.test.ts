import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/running.ts';
import { adwHash, complete, drawn, gate, openPage, openShared, recordTexts, rested } from './world.ts';

const ID = '1a2b3c4d';
/**
 * More than the newest page, so that the first row and the failed call are not among the first that the page has; and
 * their events more than one page of those that are read afterwards.
 */
const CALLS = 600;
const FAILED = 7;
/** A run of 25,000 events. */
const LARGE = { id: '2b3c4d5e', calls: 12_500 };
/** Events of one request. */
const BATCH = 1_000;

/** The tests only look at the run: one server holds it for all of them. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ idFormat: 'any' }, { observe: () => {} });
  await writeRun(ID, CALLS);
});
afterAll(() => server.remove());

/** A run of many calls, one of which failed early on. */
async function writeRun(id: string, calls: number): Promise<void> {
  const lines = Array.from({ length: calls }, (_, i) => {
    const common = { adw_id: id, timing: 'observed', agent_role: 'test_runner', attempt: 1, tool_name: 'Bash' };
    const at = (ms: number) => new Date(1_760_000_000_000 + i * 1000 + ms).toISOString();
    const input = { command: `step ${i}` };
    const output = i === FAILED ? 'Exit code 1' : 'fine';
    const call = {
      ...common,
      tool_use_id: `t${i}`,
      event_id: `call-${i}`,
      timestamp: at(0),
      input,
      tool_input: input,
    };
    const result = { output, tool_output: output, success: i !== FAILED, status: i === FAILED ? 'error' : 'success' };
    const answer = { ...common, ...result, tool_use_id: `t${i}`, event_id: `result-${i}`, timestamp: at(400) };
    return [
      { type: 'tool_use_pre', data: call },
      { type: 'tool_use_post', data: answer },
    ];
  });
  const body = lines.flat().map(line => JSON.stringify(line));
  const headers = { 'content-type': 'application/x-ndjson' };
  for (let from = 0; from < body.length; from += BATCH) {
    const batch = body.slice(from, from + BATCH);
    const answer = await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers, body: batch.join('\n') });
    expect(await answer.json()).toMatchObject({ accepted: batch.length });
  }
}

/** The page with its newest rows; all of them come when `learn` is called. */
async function openUnlearnt(query = '', id = ID): Promise<{ readonly page: Page; readonly learn: () => void }> {
  const { page } = await openShared(server.url, '#/');
  let learn = () => {};
  const learnt = new Promise<void>(resolve => {
    learn = resolve;
  });
  await page.route('**/rows', async route => {
    await learnt;
    await route.continue();
  });
  await page.evaluate(
    hash => {
      location.hash = hash;
    },
    adwHash(id, query),
  );
  await page.locator('article').first().waitFor();
  return { page, learn };
}

describe('while the log is being read', () => {
  test('the newest rows of 25,000 events are there; then all of them, and each can be found', async () => {
    await writeRun(LARGE.id, LARGE.calls);
    const { page, learn } = await openUnlearnt('', LARGE.id);
    await page.locator('article', { hasText: `step ${LARGE.calls - 1}` }).waitFor();
    expect(await page.locator('[role=feed]').getAttribute('aria-busy')).toBe('true');
    // Of the newest alone, what the run changed, and its causes of errors, would be too little.
    await page.locator('#tab-summary').click();
    await page.locator('.run-summary .skeleton').waitFor();
    expect(await page.locator('.run-summary').getByText('Changed').count()).toBe(0);
    learn();
    await page.locator('.run-summary:not(:has(.skeleton))').waitFor();
    await page.locator('#tab-timeline').click();
    await complete(page);
    await page.locator('#search').fill('is:error');
    await page
      .locator('.row-count')
      .getByText(/^1 row$/)
      .waitFor();
    await page.locator('article', { hasText: `step ${FAILED}` }).waitFor();
    await page.locator('#search').fill('tool:Bash');
    await page
      .locator('.row-count')
      .getByText(/^12,500 rows$/)
      .waitFor();
  });

  test('keys are remembered in their order, said, and obeyed once the page knows', async () => {
    const { page, learn } = await openUnlearnt();
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.locator('.toast').getByText('Still reading the log, then: first row, next error').waitFor();
    expect(await page.locator('article.selected').count()).toBe(0);
    learn();
    await page.locator('article.selected', { hasText: `step ${FAILED}` }).waitFor();
    await expect.poll(() => page.locator('.toast').innerText()).toBe('');
  });

  test('Escape and a click take back what was asked for', async () => {
    const { page, learn } = await openUnlearnt();
    const toast = page.locator('.toast');
    await page.keyboard.press('e');
    await toast.getByText('next error').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => toast.innerText()).toBe('');
    await page.keyboard.press('e');
    await toast.getByText('next error').waitFor();
    const seq = await page.locator('article').last().getAttribute('data-seq');
    // By its number: the server's own word about the run may be the last row by now.
    await page.locator(`article[data-seq="${seq}"] .row-line`).click();
    learn();
    await complete(page);
    expect(await page.locator('article.selected').getAttribute('data-seq')).toBe(seq);
  });

  test('a reader that types into the search box goes on typing, though a row was asked for before', async () => {
    const { page, learn } = await openUnlearnt(`ev=call-${FAILED}`);
    await page.keyboard.press('/');
    await page.keyboard.type('step');
    await page.keyboard.press('Enter');
    await page.locator('.toast').getByText('next hit').waitFor();
    await page.keyboard.type(' ');
    await expect.poll(() => page.locator('.toast').innerText()).toBe('');
    learn();
    await complete(page);
    await page.locator('article.selected', { hasText: `step ${FAILED}` }).waitFor();
    await drawn(page);
    await page.keyboard.type('gz');
    expect(await page.locator('#search:focus').inputValue()).toBe('step gz');
  });

  test('what the reader looks at stays in its place when all rows come', async () => {
    const { page, learn } = await openUnlearnt();
    await page.locator('[role=feed]').hover();
    await page.mouse.wheel(0, -900);
    await expect.poll(() => page.evaluate(() => location.hash)).toContain('follow=0');
    await rested(page);
    const top = () =>
      page.locator('[role=feed]').evaluate(feed => {
        const edge = feed.getBoundingClientRect().top;
        const rows = [...feed.querySelectorAll('article')].map(row => ({
          seq: row.getAttribute('data-seq'),
          y: Math.round(row.getBoundingClientRect().top - edge),
        }));
        return rows.find(({ y }) => y >= 0);
      });
    const before = await top();
    learn();
    await complete(page);
    await expect.poll(top).toEqual(before);
  });
});

test('the row with the focus keeps it wherever its reader scrolls, and rows around it are others', async () => {
  const { page } = await openShared(server.url, adwHash(ID));
  await complete(page);
  await page.keyboard.press('g');
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent ?? '')).toContain('step 0');
  await page.locator('[role=feed]').hover();
  await page.mouse.wheel(0, 6000);
  await page.locator('article', { hasText: 'step 200' }).waitFor();
  const focused = () =>
    page.evaluate(() => ({
      is: document.activeElement?.className ?? '',
      says: document.activeElement?.textContent ?? '',
    }));
  expect((await focused()).says).toContain('step 0');
  await page.keyboard.press('PageDown');
  // Both of one moment: the row that had the focus may be gone before the other has it.
  await expect
    .poll(focused)
    .toEqual({ is: expect.stringContaining('selected'), says: expect.not.stringContaining('step 0') });
});

test('what could not be read while the connection was away is shown when it is back', async () => {
  const { page } = await openPage(server.url, '#/');
  let drop = () => {};
  await page.routeWebSocket(/./, socket => {
    socket.connectToServer();
    drop = () => void socket.close();
  });
  await page.evaluate(hash => {
    location.hash = hash;
  }, adwHash(ID));
  await complete(page);
  await page.route('**/events?*', route => route.abort());
  await page.keyboard.press('g');
  await page.locator('.inspector-body .tone-bad').waitFor();
  const toasts = await recordTexts(page, '.toast');
  await page.keyboard.press('Y');
  await expect.poll(toasts).toContainEqual(expect.stringContaining('The line cannot be read'));
  await page.unroute('**/events?*');
  drop();
  await page.locator('.inspector-body').getByText('step 0').waitFor();
});

test('a log that is to be read again while it is read counts nothing of the reading before', async () => {
  const { page } = await openPage(server.url, '#/');
  const [again, first, second] = [gate(), gate(), gate()];
  let readings = 0;
  await page.route('**/rows', async route => {
    if (++readings === 1) {
      // The first reading is answered when the second has begun.
      again.open();
      await first.opened;
    } else {
      first.open();
      await second.opened;
    }
    await route.continue();
  });
  let connections = 0;
  await page.routeWebSocket(/./, socket => {
    const isFirst = ++connections === 1;
    socket.connectToServer().onMessage(async message => {
      const text = String(message);
      if (!isFirst || !text.includes('"epoch"')) return socket.send(message);
      await again.opened;
      socket.send(text.replace(/"epoch":"[^"]+"/, '"epoch":"another"'));
    });
  });
  const older = page.waitForResponse(/\/rows$/);
  await page.evaluate(hash => {
    location.hash = hash;
  }, adwHash(ID));
  await older;
  await drawn(page);
  second.open();
  await complete(page);
  await page.locator('#tab-cost').click();
  await page.locator('.figure', { hasText: 'tool calls' }).getByText(String(CALLS), { exact: true }).waitFor();
});
