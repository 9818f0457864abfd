import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import {
  adwHash,
  complete,
  drawn,
  EXAMPLE_ID,
  eventCounts,
  exampleAgents,
  gate,
  openExample,
  openPage,
  replay,
  rested,
  serve,
  serveExample,
  serveProcess,
  textLine,
  treeOf,
  watch,
} from './world.ts';

/** A workflow's agent as far as files go: writes the lines of one file to another, one at a time, with a pause after each. */
async function agent(from: string, to: string, pauseMs: number): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  for (const line of readFileSync(from, 'utf8').split('\n').filter(Boolean)) {
    appendFileSync(to, `${line}\n`);
    await pass(pauseMs);
  }
}

describe('while a workflow runs', () => {
  test('rows arrive by themselves, and the page follows until its reader scrolls away', async () => {
    const recorded = join(exampleAgents(), EXAMPLE_ID);
    const agents = treeOf('1a2b3c4d', {});
    const server = await serve();
    await watch(server, agents, '1a2b3c4d');
    const { page, errors, foreign } = await openPage(server.url, adwHash('1a2b3c4d'));
    await page.getByText('Waiting for').waitFor();
    const file = join(agents, '1a2b3c4d/sdlc_planner/raw_output.jsonl');
    const done = agent(join(recorded, 'sdlc_planner/raw_output.jsonl'), file, 20);
    await page.waitForSelector('article');
    await page.waitForSelector('.role-name >> text=sdlc_planner');
    await done;
    await page.waitForSelector('article[data-type=session_ended]');
    await agent(
      join(recorded, 'sdlc_implementor/raw_output.jsonl'),
      join(agents, '1a2b3c4d/sdlc_implementor/raw_output.jsonl'),
      5,
    );
    await page.waitForSelector('article[data-type=session_ended] >> nth=-1');
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, -600);
    await expect.poll(() => page.evaluate(() => location.hash)).toContain('follow=0');
    await rested(page);
    const first = await page.locator('article').first().getAttribute('data-seq');
    await agent(join(recorded, 'reviewer/raw_output.jsonl'), join(agents, '1a2b3c4d/reviewer/raw_output.jsonl'), 5);
    const pill = page.locator('.new-rows');
    await pill.waitFor();
    expect(await page.locator('article').first().getAttribute('data-seq')).toBe(first);
    await pill.click();
    await page.waitForSelector('.role-mark >> text=reviewer');
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test('a call without its result is pending, with a running clock', async () => {
    const lines = readFileSync(join(exampleAgents(), EXAMPLE_ID, 'test_runner/raw_output.jsonl'), 'utf8').split('\n');
    const asked = lines.findIndex(line => line.includes('"tool_use"'));
    const agents = treeOf('1a2b3c4d', { 'test_runner/raw_output.jsonl': `${lines.slice(0, asked + 1).join('\n')}\n` });
    const server = await serve();
    await watch(server, agents, '1a2b3c4d');
    const { page } = await openPage(server.url, adwHash('1a2b3c4d', 'q=is:pending'));
    const row = page.locator('article[data-type=tool_use_pre]');
    await row.waitFor();
    const clock = row.locator('.tone-live');
    const before = await clock.innerText();
    await expect.poll(() => clock.innerText()).not.toBe(before);
    expect(before).toMatch(/\d:\d\d/);
    expect(await page.locator('.step.running').innerText()).toContain('test');
    // A reader that goes to the list wants to see it, also when nothing else runs.
    const opened = page.waitForEvent('popup');
    await page.evaluate(() => void window.open(location.href));
    const beside = await opened;
    await beside.getByLabel('All workflows').click();
    await beside.locator('[data-adw]').waitFor();
    await drawn(beside);
    expect(await beside.evaluate(() => location.hash)).toBe('#/');
  });
});

test('what is found and what the files hold grow with the run', async () => {
  const agents = treeOf('1a2b3c4d', { 'reviewer/raw_output.jsonl': textLine('alpha one') + textLine('beta one') });
  const isolated = join(dirname(agents), 'trees/1a2b3c4d/agents/1a2b3c4d/builder/raw_output.jsonl');
  mkdirSync(dirname(isolated), { recursive: true });
  writeFileSync(isolated, textLine('gamma') + textLine('gamma again') + textLine('gamma at last'));
  const append = (text: string) => appendFileSync(join(agents, '1a2b3c4d/reviewer/raw_output.jsonl'), textLine(text));
  const server = await serve();
  await watch(server, agents, '1a2b3c4d');
  const { page } = await openPage(server.url, adwHash('1a2b3c4d'));
  await page.locator('article', { hasText: 'gamma at last' }).waitFor();
  await complete(page);
  const found = () => page.locator('article .row-summary').allInnerTexts();
  await page.locator('#search').fill('alpha');
  await expect.poll(found).toEqual(['alpha one']);
  // As many hits as before, and others.
  await page.locator('#search').fill('beta');
  await expect.poll(found).toEqual(['beta one']);
  append('alpha two');
  append('beta two');
  await expect.poll(found).toEqual(['beta one', 'beta two']);
  await page.locator('#tab-raw').click();
  const lines = page.locator('.raw-line');
  await page.getByLabel('File').selectOption({ label: 'reviewer/raw_output.jsonl' });
  await expect.poll(() => lines.count()).toBe(4);
  append('alpha three');
  await expect.poll(() => lines.count()).toBe(5);
  await page.getByLabel('File').selectOption({ label: 'trees/1a2b3c4d/builder/raw_output.jsonl' });
  await expect.poll(() => lines.count()).toBe(3);
});

describe('with a finished workflow', () => {
  test('a person filters, searches, opens a call and sees what it answered', async () => {
    const { page, errors } = await openExample();
    await complete(page);
    await page.locator('#search').fill('tool:Bash status:error');
    await expect.poll(() => page.locator('article').count()).toBe(1);
    await page.locator('article .row-line').click();
    const inspector = page.locator('.inspector');
    await inspector.getByText('exit 1').waitFor();
    await inspector.getByRole('tab', { name: 'Raw' }).click();
    await inspector.locator('.raw-place').getByText('test_runner/raw_output.jsonl:').first().waitFor();
    await page.locator('#search').fill('localStorage');
    await expect.poll(() => page.locator('.hit-count').innerText()).toMatch(/\d/);
    await page.locator('#search').fill('/toggle[A-Z]\\w+ is missing/');
    await expect.poll(() => page.locator('article').count()).toBe(1);
    await page.locator('#search').fill('/toggle[/');
    await page.locator('.search-error:not(:empty)').waitFor();
    await expect.poll(() => page.locator('article').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  test('what could not be read once is read again, and no longer complained of', async () => {
    const { page } = await openExample('#/');
    const complaint = gate();
    let asked = 0;
    await page.route('**/rows', async route => {
      if (asked++ === 0) return route.fulfill({ status: 503, body: '{}' });
      // The page asks again by itself, and must not be answered before its complaint was seen.
      await complaint.opened;
      await route.continue();
    });
    await page.evaluate(hash => {
      location.hash = hash;
    }, adwHash(EXAMPLE_ID));
    await page.locator('.bar.bad').waitFor();
    complaint.open();
    await complete(page);
    await expect.poll(() => page.locator('.bar.bad').count()).toBe(0);
  });

  test('a reader that leaves while the log is being read leaves no connection behind', async () => {
    const { page } = await openExample('#/');
    await page.locator('[data-adw]').waitFor();
    let sockets = 0;
    page.on('websocket', () => sockets++);
    // The reader goes back in the moment in which the newest rows are there.
    await page.evaluate(() => {
      const { json } = Response.prototype;
      Response.prototype.json = async function () {
        const answer: unknown = await json.call(this);
        if (this.url.includes('/newest')) {
          history.replaceState(null, '', '#/');
          dispatchEvent(new Event('popstate'));
        }
        return answer;
      };
    });
    const listed = page.waitForResponse(response => response.url().includes('/newest')).then(() => true);
    await page.evaluate(hash => {
      location.hash = hash;
    }, adwHash(EXAMPLE_ID));
    await listed;
    await page.locator('[data-adw]').waitFor();
    // A connection would be made behind the next picture.
    await drawn(page);
    expect(sockets).toBe(0);
  });

  test('a link shows its reader the same event, in another window', async () => {
    const server = await serveExample();
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'q=is:error'));
    await complete(page);
    await page.locator('article[data-type=tool_use_pre]').first().locator('.row-line').click();
    const link = await until('the link names the event', async () => {
      const hash = await page.evaluate(() => location.hash);
      return hash.includes('ev=') && hash;
    });
    const summary = await page.locator('.inspector-summary').innerText();
    const second = await openPage(server.url, link);
    await expect.poll(() => second.page.locator('.inspector-summary').innerText()).toBe(summary);
    await second.page.locator('article.selected').waitFor();
  });

  test('screenshots can be enlarged and compared, and the spec is rendered', async () => {
    const { page, errors } = await openExample(adwHash(EXAMPLE_ID, 'tab=screenshots'));
    const shots = page.locator('.shot img');
    // Two that the run left, and what a tool answered with for each.
    await expect.poll(() => shots.count()).toBe(4);
    await expect.poll(() => shots.first().evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(480);
    await page.locator('.shot-open').first().click();
    await page.getByText('1/4').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText('2/4').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    for (const index of [0, 1]) await page.locator('.shot input').nth(index).check();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByLabel('Edge between the two').fill('20');
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: /Spec/ }).click();
    await page.locator('.markdown h1').getByText('Add a dark mode toggle').waitFor();
    await page.getByText('4/5 tasks').waitFor();
    await expect.poll(() => page.locator('.markdown input[type=checkbox]').count()).toBe(5);
    expect(errors).toEqual([]);
  });
});

test('after the server was killed and came back, the page has every event, and says so', async () => {
  const agents = exampleAgents();
  const dataDir = temporaryDirectory();
  const server = await serveProcess(dataDir);
  await replay(server, agents, EXAMPLE_ID);
  const { page } = await openPage(server.url, adwHash(EXAMPLE_ID));
  await complete(page);
  await server.stop('SIGKILL');
  await page.locator('.bar.bad').getByText('Disconnected').waitFor();
  await page.locator('article').first().waitFor();
  const again = await serveProcess(dataDir, Number(new URL(server.url).port));
  const late = join(agents, EXAMPLE_ID, 'late_reviewer/raw_output.jsonl');
  mkdirSync(dirname(late), { recursive: true });
  cpSync(join(agents, EXAMPLE_ID, 'reviewer/raw_output.jsonl'), late);
  writeFileSync(join(dirname(late), '.keep'), '');
  await replay(again, agents, EXAMPLE_ID);
  await page.locator('.role-name').getByText('late_reviewer').waitFor();
  await expect.poll(() => page.locator('.bar.bad').count()).toBe(0);
  await expect.poll(() => eventCounts(page, again)).toSatisfy(({ shown, there }) => shown === there);
});
