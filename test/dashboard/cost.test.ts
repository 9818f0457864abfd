import { expect, test } from 'vitest';
import { postEvents } from '../server/running.ts';
import { axeFindings } from './axe.ts';
import { adwHash, openPage, serve } from './world.ts';

const ID = '1a2b3c4d';
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();

test('the cost is told by turn with what made each dear, by sub-agent, and over time with compactions', async () => {
  const server = await serve();
  const event = (second: number, type: string, data: object) => ({
    type,
    data: {
      adw_id: ID,
      agent_role: 'builder',
      attempt: 1,
      session_id: 's',
      timestamp: at(second),
      timing: 'observed',
      ...data,
    },
  });
  const usage = (second: number, id: string, output: number, written: number, cost: number) =>
    event(second, 'usage_update', {
      message_id: id,
      model: 'm',
      parent_tool_use_id: null,
      usage: { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: written },
      totals: { input_tokens: 1, output_tokens: output, cache_creation_input_tokens: written },
      context_tokens: 1000 * second,
      estimated: true,
      cost_usd: cost,
    });
  await postEvents(server.url, [
    event(1, 'text_block', { content: 'I plan it.' }),
    usage(2, 'm1', 10, 0, 0.01),
    event(3, 'tool_use_pre', {
      tool_name: 'Bash',
      tool_use_id: 't1',
      input: { command: 'npm test' },
      parent_tool_use_id: null,
    }),
    usage(4, 'm2', 20, 90_000, 0.61),
    event(5, 'agent_log', { level: 'INFO', message: 'conversation compacted (auto)' }),
    event(6, 'task_update', {
      task_id: 'a',
      task_type: 'local_agent',
      subagent_type: 'Explore',
      description: 'Find the callers',
      state: 'completed',
      total_tokens: 81_000,
    }),
    usage(7, 'm3', 30, 90_000, 0.615),
  ]);
  const { page, errors } = await openPage(server.url, adwHash(ID, 'tab=cost'));
  const rows = page.getByRole('region', { name: 'By turn' }).locator('tbody tr');
  await expect
    .poll(async () => (await rows.allInnerTexts()).map(row => row.replace(/\s+/g, ' ').trim()))
    .toEqual([
      'Bash npm test builder cache miss: 90.0k written 4.0k 10 $0.60',
      'I plan it. builder output: 10 2.0k 10 $0.01',
      'Bash npm test builder output: 10 7.0k 10 $0.005',
    ]);
  const agents = page.getByRole('region', { name: 'By sub-agent' }).locator('tbody tr');
  expect((await agents.innerText()).replace(/\s+/g, ' ')).toContain('Find the callers Explore builder 0 81.0k');
  expect(await page.locator('.chart canvas').count()).toBe(2);
  expect(await axeFindings(page)).toEqual([]);
  // The agent's own account says less than list prices do: turns are never more than the run.
  await postEvents(server.url, [
    event(8, 'session_ended', {
      subtype: 'success',
      is_error: false,
      result: 'done',
      num_turns: 3,
      duration_ms: 7000,
      total_cost_usd: 0.41,
      usage: { input_tokens: 1, output_tokens: 30 },
    }),
    event(9, 'agent_log', { level: 'INFO', message: 'conversation compacted (manual)' }),
  ]);
  await page.getByText('together $0.41 of $0.41.').waitFor();
  await expect
    .poll(async () => (await rows.locator('td:last-child').allInnerTexts()).map(text => text.trim()))
    .toEqual(['$0.40', '$0.007', '$0.003']);
  // Also what no turn came after.
  await page.locator('.compactions').getByText('2 compactions').waitFor();
  await page.locator('.compactions').getByRole('button', { name: 'builder' }).first().focus();
  await page.keyboard.press('Enter');
  await page.locator('article.selected', { hasText: 'conversation compacted' }).waitFor();
  expect(errors).toEqual([]);
});
