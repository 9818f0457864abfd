import { expect, test } from 'vitest';
import { postEvents } from '../server/running.ts';
import { axeFindings } from './axe.ts';
import { adwHash, openPage, serve } from './world.ts';

const ID = '1a2b3c4d';

test('sub-agents have a tab: description first, a lane each, what they used, and the one that is looked at stands out', async () => {
  const server = await serve();
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
  const event = (second: number, type: string, data: object) => ({
    type,
    data: { adw_id: ID, agent_role: 'builder', attempt: 1, timestamp: at(second), timing: 'observed', ...data },
  });
  const call = { tool_name: 'Agent', tool_use_id: 't1', parent_tool_use_id: null };
  const task = {
    task_id: 'a',
    tool_use_id: 't1',
    task_type: 'local_agent',
    subagent_type: 'Explore',
    description: 'Find the callers',
  };
  await postEvents(server.url, [
    event(0, 'text_block', { content: 'I look.' }),
    event(5, 'tool_use_pre', { ...call, input: { description: task.description, subagent_type: 'Explore' } }),
    event(5, 'task_update', { ...task, state: 'running' }),
    event(6, 'text_block', { content: 'Inside.', parent_tool_use_id: 't1' }),
    event(10, 'task_update', { ...task, state: 'failed', error: 'It could not look.', total_tokens: 81_000 }),
    event(20, 'text_block', { content: 'Done.' }),
  ]);
  const { page, errors } = await openPage(server.url, adwHash(ID, 'tab=agents'));
  const row = page.getByRole('region', { name: 'Sub-agents' }).locator('tbody tr');
  await expect
    .poll(async () => (await row.innerText()).replace(/\s+/g, ' ').trim())
    .toBe('Find the callers Explore · builder its events It could not look. failed 5.0s 0 81.0k –');
  expect((await page.locator('#tab-agents').innerText()).replace(/\s+/g, ' ')).toBe('Sub-agents 1');
  const share = (side: string) =>
    row.locator('.agent-bar').evaluate((bar, name) => (bar as HTMLElement).style.getPropertyValue(name), side);
  expect([await share('left'), await share('width')]).toEqual(['25%', '25%']);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'its events: Find the callers' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.scope-bar').waitFor();
  await expect.poll(() => page.locator('.lane-name.scoped').innerText()).toContain('Find the callers');
  await page.locator('#tab-agents').click();
  await page.locator('tr.scoped[aria-current=true]').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});
