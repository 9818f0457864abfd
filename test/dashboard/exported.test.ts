import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { testIo } from '../cli/helpers.ts';
import { complete, EXAMPLE_ID, exampleAgents, openPage, searched, textLine } from './world.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TABS = ['timeline', 'spec', 'screenshots', 'files', 'todos', 'cost', 'errors', 'state', 'raw'];
const HOSTILE =
  '</script><script>window.hacked = 1</script><!--<script>\u2028</textarea><img src=x onerror="window.hacked = 2">';

/** Exports a copy of the example with a role whose words would break a page; answers the file. */
async function exported(): Promise<string> {
  const agents = exampleAgents();
  const root = dirname(agents);
  const role = join(agents, EXAMPLE_ID, 'documenter');
  cpSync(role, join(agents, EXAMPLE_ID, 'clarifier'), { recursive: true });
  writeFileSync(join(agents, EXAMPLE_ID, 'clarifier', 'raw_output.jsonl'), textLine(`hostile ${HOSTILE}`));
  const io = await testIo({ cwd: root });
  expect(await main(['export', EXAMPLE_ID], io), io.err()).toBe(0);
  return join(root, `adw-${EXAMPLE_ID}.html`);
}

/** What axe finds on the page as it is, serious or critical. */
const FINDINGS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + failureSummary).join()))`;

test('an exported run opens from the disk without a network, asks for nothing, and shows everything', async () => {
  const file = await exported();
  const { page, errors } = await openPage(pathToFileURL(dirname(file)).href, basename(file), { offline: true });
  const requests: string[] = [];
  page.on('request', request => requests.push(request.url()));
  await complete(page);
  expect(await page.evaluate(() => location.hash)).toBe('');
  await page.getByRole('button', { name: /exported .* · verified/ }).click();
  await page.locator('dialog.record').getByText('the content has this hash').waitFor();
  await page.locator('dialog.record').getByText('Verified against the files').waitFor();
  await page.evaluate(AXE);
  expect(await page.evaluate(FINDINGS)).toEqual([]);
  await page.keyboard.press('Escape');

  await page.locator('article[data-type=tool_use_pre] .row-line').first().click();
  await page.locator('.inspector-body > *').first().waitFor();
  expect(await page.evaluate(FINDINGS)).toEqual([]);
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).click();
    await expect.poll(() => page.locator(`#panel-${tab} .skeleton`).count()).toBe(0);
  }
  await page.locator('#tab-screenshots').click();
  const shot = page.locator('.shot img').first();
  await expect.poll(() => shot.evaluate(image => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  await page.locator('#tab-spec').click();
  await page.getByRole('heading', { name: 'Add a dark mode toggle' }).first().waitFor();
  await page.locator('#tab-files').click();
  await page.locator('.change').first().waitFor();
  await page.locator('#tab-raw').click();
  await page.locator('.raw-line').first().click();
  await page.locator('.raw-detail').waitFor();

  await page.locator('#tab-timeline').click();
  await page.locator('#search').fill('hostile');
  await expect.poll(() => searched(page)).toBe('hostile');
  await expect.poll(() => page.locator('article').count()).toBe(1);
  await page.locator('article .row-line').click();
  await page.locator('.inspector').getByText('window.hacked = 1').first().waitFor();
  await page.locator('#search').fill('');
  await page.keyboard.press('Escape');
  await page.getByLabel('Replay position').fill('200');
  await page.getByRole('button', { name: /replay/ }).waitFor();
  await expect.poll(() => page.locator('.stepper').innerText()).toContain('pending');

  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect([errors, requests.filter(request => !request.startsWith('blob:'))]).toEqual([[], []]);

  // One character of what it holds.
  const html = readFileSync(file, 'utf8');
  const at = html.indexOf('data-part="raw"') + 200;
  writeFileSync(file, html.slice(0, at) + (html[at] === 'A' ? 'B' : 'A') + html.slice(at + 1));
  await page.reload();
  await page.getByText('This file was changed after it was made').waitFor();
  writeFileSync(file, html.slice(0, html.lastIndexOf('data-part="typed"') - 30));
  await page.reload();
  await page.getByText('This file is not whole: its end is missing.').waitFor();
});
