import { expect, test } from 'vitest';
import { adwHash, openPage, replay, serve, textLine, treeOf } from './world.ts';

const ID = '1a2b3c4d';

test('every other file of the run is listed and can be opened, and a long entry of its log is shown whole', async () => {
  const entry = `2026-03-02 09:14:02 - ERROR - It failed: ${'word '.repeat(1_000)}\n  with its last line\n`;
  const agents = treeOf(ID, {
    'sdlc_planner/raw_output.jsonl': textLine('planned'),
    'sdlc_planner/notes/thoughts.txt': 'first one\nthen the other\n',
    'sdlc_planner/answer.json': '{"is": "well"}',
    'sdlc_planner/model.bin': Buffer.from([0, 1, 2, 255]),
    'adw_plan/execution.log': entry,
  });
  const server = await serve();
  await replay(server, agents, ID);
  const { page, errors } = await openPage(server.url, adwHash(ID, 'tab=files'));
  const rows = page.locator('#panel-files .file-row');
  await expect.poll(() => rows.count()).toBe(3);
  const detail = page.locator('#panel-files .split-detail');
  await detail.locator('.code', { hasText: '"well"' }).waitFor();
  await rows.filter({ hasText: 'thoughts.txt' }).click();
  await detail.locator('.output', { hasText: 'then the other' }).waitFor();
  await rows.filter({ hasText: 'model.bin' }).click();
  await detail.getByText('no text that can be shown').waitFor();
  expect((await fetch(new URL((await detail.locator('a').getAttribute('href')) ?? '', server.url))).status).toBe(200);
  await page.goto(`${server.url}/${adwHash(ID)}`);
  await page.locator('article', { hasText: 'It failed' }).locator('.row-line').click();
  await page.locator('.inspector .output', { hasText: 'with its last line' }).waitFor();
  expect(errors).toEqual([]);
});
