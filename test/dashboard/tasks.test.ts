import { expect, test } from 'vitest';
import { assistant, init, toolResult, toolUse } from '../sidecar/parse/feed.ts';
import { adwHash, complete, openPage, replay, serve, treeOf } from './world.ts';

const ID = '1a2b3c4d';
const START_MS = Date.UTC(2026, 8, 1, 12);

/** Lines one second apart. */
const lines = (...all: readonly object[]) =>
  all
    .map((line, at) => ({ ...line, timestamp: new Date(START_MS + at * 1_000).toISOString() }))
    .map(line => `${JSON.stringify(line)}\n`)
    .join('');
const system = (subtype: string, fields: object) => ({ type: 'system', subtype, session_id: 's-1', ...fields });
const inner = { parent_tool_use_id: 'toolu_A', agent_id: 'a1' };

test('the tree, the lanes and the inspector show the same tasks, each below the one that launched it', async () => {
  const server = await serve();
  const stream = lines(
    init(),
    toolUse('toolu_A', 'Agent', { subagent_type: 'Explore', description: 'Look around', run_in_background: true }),
    system('task_started', {
      ...{ task_id: 'a1', tool_use_id: 'toolu_A', subagent_type: 'Explore', description: 'Look around' },
      ...{ task_type: 'local_agent', is_backgrounded: true, spawn_depth: 1 },
    }),
    toolResult('toolu_A', 'started', {}, { tool_use_result: { status: 'async_launched', agentId: 'a1' } }),
    toolUse('toolu_B', 'Agent', { subagent_type: 'Plan', description: 'Think it over' }, inner),
    toolResult('toolu_B', 'thought', {}, inner),
    system('task_notification', {
      ...{ task_id: 'a1', tool_use_id: 'toolu_A', status: 'failed', summary: 'It could not look.' },
      usage: { total_tokens: 1_400, tool_uses: 1, duration_ms: 66_000 },
    }),
    assistant([{ type: 'text', text: 'It failed.' }], { id: 'msg_end' }),
  );
  const agents = treeOf(ID, { 'sdlc_implementor/raw_output.jsonl': stream });
  await replay(server, agents, ID);
  const { page, errors } = await openPage(server.url, adwHash(ID));
  await complete(page);
  // The lines' own time rules: that their copy was made much later moves nothing.
  await page.getByText('0:07 of 0:07').waitFor();
  expect(await page.locator('.stepper').innerText()).toMatch(/build\s+7\.0s/);
  // The server's word is of today, and the directory's time that of the copy: neither is a time since the row before.
  for (const type of ['adw_status', 'workflow_phase_transition']) {
    const deltas = page.locator(`article.row[data-type=${type}] .row-delta`);
    await expect.poll(async () => [...new Set(await deltas.allInnerTexts())], { message: type }).toEqual(['']);
  }
  const names = page.locator('.lane-name');
  await expect
    .poll(() => names.allInnerTexts())
    .toEqual(['sdlc_implementor', 'Explore Look around', 'Plan Think it over']);
  const tree = page.locator('nav.roles .sub-agent');
  expect((await tree.allInnerTexts()).map(text => text.replaceAll(/\s+/g, ' '))).toEqual([
    expect.stringContaining('Explore Look around: It could not look.'),
    expect.stringContaining('Plan Think it over'),
  ]);
  // The lane of a task leads to the call that launched it.
  await page.locator('.lane-canvas').click({ position: { x: 5 + 1_100 * 0.3, y: 16 + 8 } });
  const card = page.locator('.inspector .task-card');
  await card.getByText('failed in the background').waitFor();
  for (const said of ['Explore Look around', '1:06 · 1 tool · 1.4k tokens', 'It could not look.', 'Plan'])
    expect(await card.innerText()).toContain(said);
  await card.getByRole('button', { name: /Plan/ }).click();
  await page.locator('.inspector .task-card', { hasText: 'Think it over' }).getByText('completed · 1.0s').waitFor();
  expect(errors).toEqual([]);
});
