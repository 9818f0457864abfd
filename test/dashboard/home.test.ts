import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { untilStateSaid } from '../server/running.ts';
import { axeFindings } from './axe.ts';
import { openPage, serve, serveProcess } from './world.ts';

const RUNS = 260;
const DONE = { status: 'completed', message: 'all is done' };

/** A server with so many runs that only the rows on the screen exist: all but the first are over, the last has failed. */
async function serveRuns() {
  const server = await serve();
  const events = Array.from({ length: RUNS }, (_, index) => {
    const adw_id = `run${String(index).padStart(4, '0')}`;
    const timestamp = new Date(Date.now() - (index + 1) * 60_000).toISOString();
    const failed = index === RUNS - 1;
    const said = failed ? { status: 'failed', message: 'the session limit was reached' } : DONE;
    return {
      type: 'status_update',
      data: { adw_id, event_id: adw_id, timestamp, timing: 'exact', workflow_name: 'sdlc', ...said },
    };
  });
  await post(server.url, events);
  return server;
}

async function post(url: string, events: readonly unknown[]): Promise<void> {
  const answer = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(await answer.json()).toMatchObject({ accepted: events.length });
}

let told = 0;

/** What a workflow says of itself just now. */
function saying(adw_id: string, status: string, message: string) {
  const [event_id, timestamp] = [`told${++told}`, new Date().toISOString()];
  return {
    type: 'status_update',
    data: { adw_id, event_id, timestamp, timing: 'exact', workflow_name: 'sdlc', status, message },
  };
}

/** Counts the bytes that the server's API sends to a page, from its next load on. */
async function countBytes(page: Page): Promise<() => number> {
  const session = await page.context().newCDPSession(page);
  const asked = new Set<string>();
  let bytes = 0;
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.includes('/api/')) asked.add(requestId);
  });
  session.on('Network.dataReceived', ({ requestId, dataLength }) => {
    if (asked.has(requestId)) bytes += dataLength;
  });
  session.on('Network.webSocketFrameReceived', ({ response }) => {
    bytes += response.payloadData.length;
  });
  await session.send('Network.enable');
  return () => bytes;
}

test('the list says why, is found by what it shows, and is as it was left when its reader comes back', async () => {
  const server = await serveRuns();
  const { page, errors } = await openPage(server.url, '#/');
  const rows = page.locator('.adw-row[data-adw]');
  await rows.first().waitFor();
  expect(await rows.first().getAttribute('data-adw')).toBe('run0000');

  await page.getByLabel('Filter workflows').fill('limit');
  await expect.poll(() => rows.count()).toBe(1);
  expect(await rows.innerText()).toContain('session limit');
  await page.getByLabel('Filter workflows').fill('');

  await page.getByRole('button', { name: 'Last event' }).click();
  await expect.poll(() => rows.first().getAttribute('data-adw')).toBe('run0259');
  expect(new URL(page.url()).hash).toBe('#/?sort=-last');

  await page.locator('.adw-rows').evaluate(list => list.scrollTo(0, 4_000));
  const shown = page.locator('[data-adw="run0150"]');
  await shown.click();
  await page.locator('.adw-header').waitFor();
  await page.goBack();
  await shown.waitFor();
  expect(new URL(page.url()).hash).toBe('#/?sort=-last');
  await expect.poll(() => page.locator('.adw-rows').evaluate(list => list.scrollTop)).toBe(4_000);

  // The palette knows the runs that the page was told; nothing reads the summaries of all.
  const asked: string[] = [];
  page.on('request', request => asked.push(new URL(request.url()).pathname));
  await page.keyboard.press('Control+K');
  await page.getByRole('combobox', { name: /^Go to a workflow/ }).fill('run0200');
  await page.getByRole('option', { name: /run0200/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.adw-header', { hasText: 'run0200' }).waitFor();
  expect(asked).not.toContain('/api/v1/adws');
  expect(errors).toEqual([]);
});

test('the header says what failed today, and a click lists it', async () => {
  const server = await serveRuns();
  const { page } = await openPage(server.url, '#/');
  // On a phone the card of a run without phases has the lines that others have.
  await page.setViewportSize({ width: 390, height: 844 });
  const card = page.locator('[data-adw="run0000"]');
  const boxOf = async (part: string) => (await card.locator(`.at-${part}`).boundingBox())!;
  await card.locator('.at-id').waitFor();
  const [id, word] = [await boxOf('id'), await boxOf('word')];
  expect(id.width).toBeGreaterThan(64);
  expect(word.y).toBeGreaterThanOrEqual(id.y + id.height);
  // On a laptop its last word has the second line to itself.
  await page.setViewportSize({ width: 1280, height: 720 });
  await expect.poll(async () => (await boxOf('word')).width).toBeGreaterThan(900);
  await post(server.url, [saying('failing1', 'failed', 'no')]);
  await page.getByRole('button', { name: /^\d failed today$/ }).click();
  await page.locator('[data-adw="failing1"]').waitFor();
  expect(new URL(page.url()).hash).toBe('#/?status=failed&period=today');
  await expect.poll(() => page.locator('.adw-row[data-adw]').count()).toBeLessThanOrEqual(2);
  await page.getByRole('button', { name: '0 running' }).click();
  await page.getByText('No workflow matches.').waitFor();
});

const EIGHT_ROLES = ['planner', 'implementor', 'tester', 'resolver', 'reviewer', 'patcher', 'documenter', 'shipper'];

/** Everything of a run with eight roles, each with a tool and a cost. */
function wholeRun(adw_id: string, minutesAgo: number) {
  const base = Date.now() - minutesAgo * 60_000;
  return EIGHT_ROLES.flatMap((role, at) => {
    const own = (what: string, seconds: number) => ({
      adw_id,
      agent_role: `sdlc_${role}`,
      attempt: 1,
      session_id: `${adw_id}${role}`,
      event_id: `${adw_id}${role}${what}`,
      timestamp: new Date(base + at * 10_000 + seconds * 1_000).toISOString(),
      timing: 'exact',
    });
    const usage = { input_tokens: 1_234, output_tokens: 5_678 };
    return [
      { type: 'session_started', data: { ...own('a', 0), model: 'claude-sonnet-4-5-20250929' } },
      {
        type: 'tool_use_pre',
        data: { ...own('b', 1), tool_name: 'Bash', tool_use_id: 't', input: { command: 'npm test' } },
      },
      {
        type: 'session_ended',
        data: { ...own('c', 9), subtype: 'success', is_error: false, total_cost_usd: 0.42, usage },
      },
    ];
  });
}

test('what home of 500 runs moves in 20 s, of which 10 work, is less than 1 MB, the list included', async () => {
  const server = await serve();
  for (let from = 0; from < 500; from += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => `run${String(from + index).padStart(5, '0')}`);
    await post(
      server.url,
      ids.flatMap((id, index) => wholeRun(id, 10 + from + index)),
    );
  }
  // The server's first words on 500 runs would be told like any other change.
  await untilStateSaid(server.url, 'run00499');
  const { page, errors } = await openPage(server.url, '#/');
  const seen = page.locator('[data-adw="run00003"]');
  // The list of this load is not counted.
  await seen.waitFor();
  const bytes = await countBytes(page);
  await page.reload();
  await seen.waitFor();
  const until = Date.now() + 20_000;
  for (let step = 0; Date.now() < until; step++) {
    await post(
      server.url,
      Array.from({ length: 10 }, (_, index) => saying(`run0000${index}`, 'in_progress', `step ${step} of many`)),
    );
    await page.waitForTimeout(100);
  }
  expect(bytes()).toBeGreaterThan(100_000);
  expect(bytes()).toBeLessThan(1_000_000);
  await seen.getByText(/step \d+ of many/).waitFor();
  expect(errors).toEqual([]);
});

test('home is told of what happens, also after the server was away', async () => {
  const server = await serveProcess();
  await post(server.url, [saying('first001', 'completed', 'all is done')]);
  const { page } = await openPage(server.url, '#/');
  await page.locator('[data-adw="first001"]').waitFor();
  await post(server.url, [saying('second02', 'failed', 'the limit was reached')]);
  await page.locator('[data-adw="second02"]').getByText('the limit was reached').waitFor();

  await server.stop('SIGKILL');
  await page.locator('.bar.bad').getByText('Disconnected').waitFor();
  await page.locator('[data-adw="first001"]').waitFor();
  const other = await serveProcess(undefined, Number(new URL(server.url).port));
  await post(other.url, [saying('third003', 'completed', 'all is done')]);
  await page.locator('[data-adw="third003"]').waitFor();
  // Another log: what the page had is no more.
  await expect.poll(() => page.locator('.adw-row[data-adw]').count()).toBe(1);
  await expect.poll(() => page.locator('.bar.bad').count()).toBe(0);
});

test('totals of what is listed say which phase fails, is slowest and looped, and a click lists the runs', async () => {
  const server = await serve();
  const at = (second: number) => new Date(Date.now() - 3_600_000 + second * 1_000).toISOString();
  const tried = (adw_id: string, name: string, tries: readonly string[], from: number) =>
    tries.map((state, index) => {
      const [started_at, ended_at] = [at(from + index * 10), at(from + index * 10 + 9)];
      const event_id = `${adw_id}${name}${index}`;
      const phase = { phase: name, index: from, kind: 'code', attempt: index + 1, state, started_at, ended_at };
      return { type: 'phase_update', data: { adw_id, event_id, timestamp: ended_at, timing: 'exact', ...phase } };
    });
  await post(server.url, [
    ...tried('run00001', 'build', ['completed'], 0),
    ...tried('run00001', 'review', ['failed', 'failed', 'completed'], 10),
    ...tried('run00002', 'build', ['failed'], 0),
    ...tried('run00003', 'build', ['completed'], 0),
    ...wholeRun('run00003', 60),
  ]);
  const { page, errors } = await openPage(server.url, '#/');
  await page.locator('[data-adw="run00003"]').waitFor();
  await page.getByRole('button', { name: 'Totals' }).click();
  const answers = page.locator('.totals-answers');
  await answers.getByText('Fails most: build in 1 of 3 runs').waitFor();
  await answers.getByText('Tried again most: review in 1 of 1 run, up to ×3').waitFor();
  expect(await answers.innerText()).toMatch(/Slowest: (review|build)/);
  await page.getByRole('region', { name: 'By model' }).getByText('claude-sonnet-4-5').waitFor();
  // Only one of the three has told what it cost.
  await page.locator('.totals .figure', { hasText: /cost, of 1 of 3$/ }).waitFor();
  expect(new URL(page.url()).hash).toBe('#/?totals=1');

  // So do the figures of a phase's row.
  const phases = page.getByRole('region', { name: 'By phase' });
  await phases.getByRole('button', { name: '1, up to ×3' }).click();
  await page.locator('[data-adw="run00002"]').waitFor({ state: 'detached' });
  expect(new URL(page.url()).hash).toBe('#/?q=again%3Areview&totals=1');
  await phases.getByRole('button', { name: '1, up to ×3' }).click();
  await phases.getByRole('button', { name: '1 of 3' }).click();
  await page.locator('[data-adw="run00002"]').waitFor();
  expect(new URL(page.url()).hash).toBe('#/?q=failed%3Abuild&totals=1');
  await phases.getByRole('button', { name: '1 of 1' }).click();
  await page.locator('[data-adw="run00003"]').waitFor();

  await answers.getByRole('button', { name: 'review' }).last().click();
  await expect.poll(() => page.locator('.adw-row[data-adw]').count()).toBe(1);
  await page.locator('[data-adw="run00001"]').waitFor();
  await page.locator('.totals .figure', { hasText: /^1run$/ }).waitFor();
  await page.getByLabel('From the day').fill('2020-02-03');
  await page.getByLabel('To the day').focus();
  await page.keyboard.type('02042100');
  await page.getByText('Of runs whose last event was from 2020-02-03 to 2100-02-04').waitFor();
  expect(new URL(page.url()).hash).toContain('from=2020-02-03&to=2100-02-04');
  await page.reload();
  await page.locator('[data-adw="run00001"]').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test('words are found in what all runs contain as they are typed, and a hit opens its run at the event', async () => {
  const server = await serve();
  const text = (adw_id: string, event_id: string, content: string) => ({
    type: 'text_block',
    data: { adw_id, event_id, content, agent_role: 'planner', attempt: 1, timestamp: new Date().toISOString() },
  });
  /** Of a kind that a run's page hides at first. */
  const log = (adw_id: string, event_id: string, message: string) => {
    const { data } = text(adw_id, event_id, '');
    return { type: 'agent_log', data: { ...data, message, level: 'INFO' } };
  };
  const many = Array.from({ length: 5 }, (_, index) => text('old00001', `o${index}`, `the migration, step ${index}`));
  await post(server.url, [...many, log('new00002', 'n1', 'A <b>Migration</b> failed'), text('new00002', 'n2', 'else')]);
  const { page, errors } = await openPage(server.url, '#/');
  await page.locator('[data-adw="new00002"]').waitFor();
  await page.getByRole('button', { name: 'In contents' }).click();
  await page.keyboard.type('migr');
  const found = page.getByRole('region', { name: 'Found in the contents of runs' });
  await found.getByText('6 hits in 2 runs').waitFor();
  expect(new URL(page.url()).hash).toBe('#/?q=migr&in=contents');
  expect(await found.locator('mark').allInnerTexts()).toEqual(['Migration', 'migration', 'migration', 'migration']);
  expect(await found.locator('h2 a').allInnerTexts()).toEqual(['new00002', 'old00001']);
  await found.getByText('and 2 more in this run').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await found.getByRole('button', { name: 'Most hits first' }).click();
  await expect.poll(() => found.locator('h2 a').allInnerTexts()).toEqual(['old00001', 'new00002']);
  expect(new URL(page.url()).hash).toBe('#/?q=migr&in=contents&hits=most');

  await found.locator('.contents-hit', { hasText: '<b>Migration</b> failed' }).press('Enter');
  await page.locator('.inspector').getByText('failed').first().waitFor();
  await page.locator('article.selected', { hasText: 'Migration' }).waitFor();
  expect(new URL(page.url()).hash).toMatch(/^#\/adw\/new00002\?\S*q=migr&ev=n1\b/);
  // The words go along: they are marked there, and hide nothing.
  const marked = () => page.evaluate(() => [...(CSS.highlights.get('search-hit') ?? [])].map(String));
  await expect.poll(marked).toContain('Migr');
  await page.locator('article', { hasText: 'else' }).waitFor();
  await page.goBack();
  await found.getByText('6 hits in 2 runs').waitFor();
  expect(await found.locator('h2 a').allInnerTexts()).toEqual(['old00001', 'new00002']);
  await page.getByLabel('Search in all workflows').fill('nowhere');
  await found.getByText('Nothing found.').waitFor();
  expect(errors).toEqual([]);
});

test('two runs that are ticked are compared: phases side by side, the median, and where they go apart', async () => {
  const server = await serve();
  const call = (adw_id: string, index: number, command: string) => ({
    type: 'tool_use_pre',
    data: {
      adw_id,
      event_id: `${adw_id}call${index}`,
      agent_role: 'sdlc_planner',
      attempt: 1,
      timestamp: new Date(Date.now() - 3_000_000 + index).toISOString(),
      timing: 'exact',
      tool_name: 'Bash',
      tool_use_id: `more${index}`,
      input: { command },
    },
  });
  const ids = ['run00001', 'run00002', 'run00003'] as const;
  await post(server.url, [
    ...ids.flatMap(id => wholeRun(id, 60)),
    ...ids.flatMap(id => [saying(id, 'completed', 'done')]),
    call(ids[0], 1, 'cat agents/run00001/plan.md'),
    call(ids[1], 1, 'cat agents/run00002/plan.md'),
    call(ids[0], 2, 'npm test'),
    call(ids[1], 2, 'npm run lint'),
  ]);
  const { page, errors } = await openPage(server.url, '#/');
  await page.getByLabel('Compare run00001').check();
  await page.getByRole('button', { name: 'Compare attempts of run00001' }).waitFor();
  await page.getByLabel('Compare run00002').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Compare run00001 with run00002' }).click();
  expect(new URL(page.url()).hash).toBe('#/compare/run00001/run00002');

  const figures = page.getByRole('region', { name: 'Figures' });
  await figures.getByRole('rowheader', { name: 'plan' }).waitFor();
  await expect.poll(() => figures.getByText('median').count()).toBeGreaterThan(0);
  await page.getByText('The median is that of 3 ended runs of sdlc.').waitFor();
  const apart = page.getByRole('region', { name: 'First difference' });
  await apart.getByText('9 tool calls the same, then:').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await apart.getByRole('link', { name: /npm run lint/ }).click();
  await page.locator('.inspector').getByText('npm run lint').first().waitFor();
  expect(new URL(page.url()).hash).toMatch(/^#\/adw\/run00002\?ev=run00002call2\b/);

  await page.goBack();
  await page.getByLabel('What of A').selectOption('sdlc_planner:1');
  await page.getByLabel('What of B').selectOption('sdlc_tester:1');
  await apart.getByText('They differ from the first tool call on.').waitFor();
  expect(new URL(page.url()).hash).toBe('#/compare/run00001/run00002?left=sdlc_planner%3A1&right=sdlc_tester%3A1');
  await page.getByRole('link', { name: 'All workflows' }).click();
  const row = page.locator('[data-adw="run00003"]');
  await row.waitFor();

  // A usual laptop sees what a wide screen does; a phone sees it as a card, and reaches the order and the comparison.
  for (const [width, height] of [
    [1280, 720],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const part of [
      'status',
      'id',
      'title',
      'phases',
      'word',
      'started',
      'elapsed',
      'cost',
      'tokens',
      'model',
      'last',
    ])
      expect(await row.locator(`.at-${part}`).boundingBox(), part).toMatchObject({ x: expect.toSatisfy(isOn(width)) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(await axeFindings(page)).toEqual([]);
  }
  expect(await row.locator('.phase-cell').first().getAttribute('title')).toMatch(/^plan: completed, 9\.0s$/);
  await page.getByLabel('Order by').selectOption('Cost');
  await page.getByRole('button', { name: 'Turn the order around' }).click();
  expect(new URL(page.url()).hash).toBe('#/?sort=-cost');
  // The two that were ticked are so still.
  await page.getByRole('button', { name: 'Compare run00001 with run00002' }).click();
  await figures.waitFor();
  expect(errors).toEqual([]);
});

const isOn = (width: number) => (x: number) => x >= 0 && x < width;
