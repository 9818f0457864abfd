import { expect, test } from 'vitest';
import { postEvents } from '../server/running.ts';
import { axeFindings } from './axe.ts';
import { adwHash, complete, openPage, replay, serve, treeOf } from './world.ts';

const ID = '1a2b3c4d';

const change = (path: string, diff: string, more: object) => ({
  type: 'file_changed',
  data: { adw_id: ID, agent_role: 'builder', file_path: path, diff, ...more },
});

test('a file shows what the run made of it in all, each change below, and where the rest of a diff is that was cut', async () => {
  const server = await serve();
  await postEvents(server.url, [
    change('src/deep/new.ts', '--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1,2 @@\n+one\n+two', {
      summary: 'created src/deep/new.ts (+2 −0)',
      operation: 'created',
      lines_added: 2,
      lines_removed: 0,
    }),
    change('src/deep/new.ts', '@@ -1,2 +1,1 @@\n one\n-two', {
      summary: 'modified src/deep/new.ts (+0 −1)',
      operation: 'modified',
      lines_added: 0,
      lines_removed: 1,
    }),
    change('old.ts', '@@ -1,1 +1,1 @@\n-a', {
      summary: 'modified old.ts (+9 −1)',
      operation: 'modified',
      lines_added: 9,
      lines_removed: 1,
      truncated: true,
      full_size: 5613,
    }),
    change('end.ts', '@@ -1,1 +1,2 @@\n-last\n\\ No newline at end of file\n+last\n+more', {
      summary: 'modified end.ts (+2 −1)',
      operation: 'modified',
      lines_added: 2,
      lines_removed: 1,
    }),
  ]);
  const { page, errors } = await openPage(server.url, adwHash(ID, 'tab=files'));
  const row = page.locator('.file-row', { hasText: 'new.ts' });
  await row.click();
  await expect.poll(async () => (await row.innerText()).replace(/\s+/g, ' ')).toBe('src/deep/ new.ts created +1 −0');
  expect(await row.locator('b').innerText()).toBe('new.ts');
  const net = page.getByRole('region', { name: 'Net difference' });
  expect(await net.locator('.diff-row.add').allInnerTexts()).toHaveLength(1);
  expect(await page.locator('.change:not(.merged)').count()).toBe(2);
  expect(await axeFindings(page)).toEqual([]);
  const end = page.locator('.file-row', { hasText: 'end.ts' });
  await end.click();
  expect((await end.innerText()).replace(/\s+/g, ' ')).toBe('end.ts edited +1 −0');
  await page.locator('.change .diff-row.same', { hasText: 'last' }).waitFor();
  await page.locator('.file-row', { hasText: 'old.ts' }).click();
  await page.getByText('of 5,613 characters').waitFor();
  await page.getByRole('button', { name: 'open the call' }).click();
  await complete(page);
  await page.locator('article.selected[data-type=file_changed]').waitFor();
  expect(errors).toEqual([]);
});

test('a diff that the log holds the beginning of is shown whole, in the list of files and beside the timeline', async () => {
  const content = Array.from({ length: 300 }, (_, i) => `line ${i} of many\n`).join('');
  const input = { file_path: '/w/long.ts', content };
  const written = { type: 'create', filePath: '/w/long.ts', content, structuredPatch: [] };
  const message = (role: string, block: object) => ({
    type: role,
    session_id: 's',
    message: { role, content: [block] },
  });
  const lines = [
    message('assistant', { type: 'tool_use', id: 't1', name: 'Write', input }),
    { ...message('user', { type: 'tool_result', tool_use_id: 't1', content: 'done' }), tool_use_result: written },
  ];
  const server = await serve();
  const stream = lines.map(line => `${JSON.stringify(line)}\n`).join('');
  await replay(server, treeOf(ID, { 'builder/raw_output.jsonl': stream }), ID);
  const { page, errors } = await openPage(server.url, adwHash(ID));
  await complete(page);
  await page.locator('article[data-type=tool_use_pre] .row-line').click();
  const pane = page.locator('.inspector-body');
  await expect.poll(() => pane.locator('.diff-row.add').count()).toBe(300);
  expect(await page.locator('.cut-note').count()).toBe(0);
  await page.locator('#tab-files').click();
  await expect.poll(() => page.locator('.change .diff-row.add').count()).toBe(199);
  expect(await page.locator('.cut-note').count()).toBe(0);
  expect(errors).toEqual([]);
});
