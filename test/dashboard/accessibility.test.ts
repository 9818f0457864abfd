import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TABS } from '../../dashboard/src/state/route.ts';
import { postEvents } from '../server/running.ts';
import { axeFindings as findings } from './axe.ts';
import { adwHash, complete, drawn, EXAMPLE_ID, openExample, openPage, searched, serve, serveExample } from './world.ts';

const ID = '1a2b3c4d';

/** What is found in both themes. */
async function findingsInBoth(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const inLight = await findings(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  return [...inLight, ...(await findings(page, 'colours')).map(found => `in the dark: ${found}`)];
}

test('axe finds nothing serious on the home list and on any tab, in either theme', async () => {
  const { page, errors } = await openExample('#/');
  await page.locator('[data-adw]').first().waitFor();
  expect(await findingsInBoth(page)).toEqual([]);
  await page.locator('[data-adw]').first().click();
  await complete(page);
  await page.locator('article[data-type=tool_use_pre] .row-line').first().click();
  await page.locator('.inspector-body > *').first().waitFor();
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).click();
    await expect.poll(() => page.locator(`#panel-${tab} .skeleton`).count()).toBe(0);
    expect({ tab, found: await findingsInBoth(page) }).toEqual({ tab, found: [] });
  }
  await page.keyboard.press('?');
  await page.locator('dialog.help').waitFor();
  expect(await findingsInBoth(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test('axe finds nothing serious in either theme at 200 %, and nothing is wider than the window', async () => {
  const server = await serveExample();
  // As a browser zooms: half of the room, each pixel twice.
  const zoomed = { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 };
  const { page, errors } = await openPage(server.url, '#/?totals=1', zoomed);
  const run = adwHash(EXAMPLE_ID);
  const views = [
    ['#/', '[data-adw]'],
    ['#/?totals=1', '.totals-tables td'],
    ['#/?q=dark&in=contents', '.contents-run'],
    [`#/compare/${EXAMPLE_ID}/${EXAMPLE_ID}`, '.comparison td'],
    [`${run}?tab=timeline`, 'article'],
    ...['summary', 'files', 'cost', 'agents'].map(tab => [
      `${run}?tab=${tab}`,
      `#panel-${tab}:not(:has(.skeleton)) > *`,
    ]),
  ] as const;
  for (const [hash, there] of views) {
    await page.evaluate(at => {
      location.hash = at;
    }, hash!);
    await page.locator(there!).first().waitFor();
    expect({ hash, found: await findingsInBoth(page) }).toEqual({ hash, found: [] });
    expect({ hash, width: await page.evaluate(() => document.documentElement.scrollWidth) }).toEqual({
      hash,
      width: 640,
    });
    // A run's tabs are looked at in their full room above, other views in the light where they are tested.
    if (hash!.startsWith(run)) continue;
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.emulateMedia({ colorScheme: 'light' });
    expect({ hash, found: await findings(page) }).toEqual({ hash, found: [] });
    await page.setViewportSize(zoomed.viewport);
  }
  expect(errors).toEqual([]);
});

test('phases that a run names itself say who does them, their attempts and gates, at any width and with the keyboard', async () => {
  const server = await serve();
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
  const phase = (name: string, index: number, more: object) => ({
    type: 'phase_update',
    data: {
      adw_id: ID,
      phase: name,
      index,
      kind: 'agent',
      attempt: 1,
      state: 'completed',
      timestamp: at(index),
      ...more,
    },
  });
  const text = (second: number) => ({
    type: 'text_block',
    data: { adw_id: ID, agent_role: 'builder', content: `said at ${second}`, timestamp: at(second) },
  });
  const code = { kind: 'code', owner: null };
  await postEvents(server.url, [
    phase('make', 0, { owner: 'builder', started_at: at(0), ended_at: at(10) }),
    phase('check', 1, { ...code, state: 'failed', started_at: at(10), ended_at: at(20), error: '<b>2 fail</b>' }),
    phase('check', 1, { ...code, attempt: 2, started_at: at(30), ended_at: at(35) }),
    phase('mend', 2, { owner: 'builder', started_at: at(20), ended_at: at(30) }),
    ...Array.from({ length: 12 }, (_, i) => phase(`later step ${i}`, 3 + i, { ...code, state: 'pending' })),
    {
      type: 'gate_result',
      data: { adw_id: ID, gate: 'tests', phase: 'check', attempt: 2, passed: true, checks: ['npm test: 31'] },
    },
    text(5),
    text(25),
  ]);
  const { page, errors } = await openPage(server.url, adwHash(ID), { viewport: { width: 360, height: 740 } });
  await complete(page);
  const steps = page.getByRole('navigation', { name: 'Phases' }).getByRole('button');
  await expect.poll(() => steps.allInnerTexts()).toHaveLength(15);
  const said = async (index: number) => (await steps.nth(index).innerText()).replace(/\s+/g, ' ').trim();
  expect(await said(0)).toMatch(/^completed agent make 10s/);
  expect(await said(1)).toBe('completed code check 15s attempt 2 1 gate passed');
  await steps.nth(1).focus();
  await page.keyboard.press('Enter');
  const details = page.getByRole('region', { name: 'Phase check' });
  await details.waitFor();
  for (const words of ['done by code', '<b>2 fail</b>', 'gate tests passed', 'npm test: 31'])
    expect((await details.innerText()).replace(/\s+/g, ' ')).toContain(words);
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await steps.nth(2).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('article[data-type=text_block]').allInnerTexts()).toHaveLength(1);
  expect(await page.locator('article[data-type=text_block]').innerText()).toContain('said at 25');
  expect(errors).toEqual([]);
});

describe('the keyboard alone', () => {
  test('moves, opens, searches, switches tabs and roles, and finds its way back', async () => {
    const { page, errors } = await openExample('#/');
    await page.locator('[data-adw]').first().focus();
    await page.keyboard.press('Enter');
    await complete(page);
    await page.keyboard.press('g');
    await page.locator('article.selected').waitFor();
    const first = await page.locator('article.selected').getAttribute('data-seq');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await expect.poll(() => page.locator('article.selected').getAttribute('data-seq')).not.toBe(first);
    await expect.poll(() => page.evaluate(() => document.activeElement?.className ?? '')).toContain('selected');
    await page.keyboard.press('t');
    await page.keyboard.press('Enter');
    await page.locator('article.selected.open .row-body').waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('article.open').count()).toBe(0);
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.locator('article.selected .tone-bad').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('npm test');
    // Of half of the words there may be hits in hidden kinds, whose button stands in between for a moment.
    await page.locator('.hit-count').getByText(/^2$/).waitFor();
    await page.keyboard.press('Tab');
    await page.locator('#search:not(:focus)').waitFor();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'highlight' }).waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.locator('article.selected').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('2');
    await expect.poll(() => page.evaluate(() => location.hash)).toContain('role=');
    await page.keyboard.press('0');
    await expect.poll(() => page.evaluate(() => location.hash)).not.toContain('role=');
    await page.locator('#tab-timeline').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('#tab-spec[aria-selected=true]').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('cost');
    await page.keyboard.press('Enter');
    await page.locator('#tab-cost[aria-selected=true]').waitFor();
    expect(errors).toEqual([]);
  });

  test('single-key shortcuts do nothing in the search box, and nothing at all when switched off', async () => {
    const { page } = await openExample();
    await complete(page);
    await page.locator('#search').focus();
    await page.keyboard.type('jzf');
    expect(await page.locator('#search').inputValue()).toBe('jzf');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.locator('#search:not(:focus)').waitFor();
    await page.keyboard.press('?');
    await page.locator('dialog.help').getByLabel('Single-key shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('z');
    expect(await page.locator('.max-center').count()).toBe(0);
  });

  test('a reader that goes to the search box keeps the focus there, though a row was selected just before', async () => {
    const { page } = await openExample();
    await complete(page);
    // Both within one frame, as from a fast hand.
    await page.evaluate(() => {
      for (const key of ['j', '/']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });
    await page.locator('article.selected').waitFor();
    await page.evaluate(
      () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
    );
    await page.keyboard.type('jz');
    expect(await page.locator('#search:focus').inputValue()).toBe('jz');
  });

  test('what an input method composes with does nothing else', async () => {
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'q=npm'));
    await complete(page);
    const compose = (key: string) =>
      page.locator('input:focus').evaluate((input, key) => {
        const options = { key, isComposing: true, bubbles: true, cancelable: true };
        return input.dispatchEvent(new KeyboardEvent('keydown', options));
      }, key);
    await page.locator('#search').focus();
    // What the page leaves alone is the input method's.
    for (const key of ['Enter', 'Tab', 'Escape']) expect(await compose(key)).toBe(true);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('cost');
    for (const key of ['ArrowDown', 'Enter', 'Escape']) expect(await compose(key)).toBe(true);
    expect(await page.locator('dialog').count()).toBe(1);
  });

  test('Escape empties a filter before it closes anything beside it', async () => {
    const { page } = await openExample();
    await complete(page);
    await page.keyboard.press('g');
    await page.locator('article.selected').waitFor();
    await page.locator('#tab-files').click();
    const filter = page.getByLabel('Filter files');
    await filter.fill('nothing');
    await filter.press('Escape');
    expect(await filter.inputValue()).toBe('');
    expect(await page.evaluate(() => location.hash)).toContain('ev=');
    await filter.press('Escape');
    await expect.poll(() => page.evaluate(() => location.hash)).not.toContain('ev=');
  });

  test('Escape takes back what was typed a moment ago, then leaves the box, and closes nothing beside it', async () => {
    const server = await serveExample();
    const { page } = await openPage(server.url, adwHash(EXAMPLE_ID));
    await complete(page);
    await page.keyboard.press('g');
    await page.locator('article.selected').waitFor();
    // The page's timers stand still, so that both keys come before what was typed reaches the URL, as from a fast hand.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.keyboard.press('/');
    await page.keyboard.type('jzf');
    await page.keyboard.press('Escape');
    await page.clock.runFor(1000);
    expect(await searched(page)).toBe(null);
    expect(await page.locator('#search:focus').inputValue()).toBe('');
    await page.keyboard.type('a');
    await page.clock.runFor(1000);
    expect(await searched(page)).toBe('a');
    await page.keyboard.type('b');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.clock.runFor(1000);
    expect(await searched(page)).toBe(null);
    expect(await page.locator('#search:not(:focus)').inputValue()).toBe('');
    expect(await page.locator('article.selected').count()).toBe(1);
  });
});

test('pictures of a role take the colours of another theme', async () => {
  const { page } = await openExample();
  await complete(page);
  const picture = () =>
    page
      .locator('.spark canvas')
      .first()
      .evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL());
  await expect.poll(picture).not.toBe('');
  const light = await picture();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(picture).not.toBe(light);
});

test('the feed says how many rows it has, and which one each is', async () => {
  const { page } = await openExample();
  await complete(page);
  const rows = await page.locator('article').evaluateAll(articles =>
    articles.map(article => ({
      at: Number(article.getAttribute('aria-posinset')),
      of: Number(article.getAttribute('aria-setsize')),
      name: document.getElementById(article.getAttribute('aria-labelledby') ?? '')?.textContent,
    })),
  );
  const shown = Number((await page.locator('.row-count').innerText()).replace(/\D/g, ''));
  expect(rows.at(-1)).toMatchObject({ at: shown, of: shown });
  expect(rows.every(row => row.name)).toBe(true);
});

/** The last one is where tabs are gone to: there they are hardest to reach. */
const WIDTHS = [2560, 1440, 768, 360];

test(`at ${WIDTHS.join(', ')} px nothing is wider than the window, and where there is one pane a run that ended opens on its summary`, async () => {
  const { page } = await openExample('#/', { viewport: { width: 360, height: 740 } });
  await page.locator('[data-adw]').first().waitFor();
  const tooWide = async (place: string) => {
    const found: string[] = [];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 740 });
      // What draws by itself, such as a chart, takes the new width when the page has been laid out.
      await drawn(page);
      const fits = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
      if (!fits) found.push(`${place} at ${width} px`);
    }
    return found;
  };
  expect(await tooWide('home')).toEqual([]);
  await page.locator('[data-adw]').first().click();
  await page.locator('#panel-summary').getByRole('region', { name: 'Dearest turns' }).waitFor();
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await complete(page);
  await page.goBack();
  await page.locator('#panel-summary').waitFor();
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).click();
    await expect.poll(() => page.locator(`#panel-${tab} .skeleton`).count()).toBe(0);
    expect(await tooWide(tab)).toEqual([]);
  }
});
