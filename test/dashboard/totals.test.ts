import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTree } from './synthetic-tree.ts';
import { adwHash, complete, EXAMPLE_ID, exampleAgents, openPage, replay, serve, treeOf } from './world.ts';

interface Line {
  readonly type?: string;
  readonly session_id?: string;
  readonly total_cost_usd?: number;
  readonly usage?: Record<string, number>;
  readonly message?: { readonly content?: readonly Record<string, unknown>[] };
}

/** What the files say, read with nothing of ours: the newest result of a session holds, sums of them would be wrong. */
function countFiles(root: string) {
  const roles = readdirSync(root).filter(role => existsSync(join(root, role, 'raw_output.jsonl')));
  const counts = { roles: roles.length, lines: 0, tools: 0, toolErrors: 0, cost: 0, tokens: 0 };
  for (const role of roles) {
    const texts = readFileSync(join(root, role, 'raw_output.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean);
    counts.lines += texts.length;
    const results = new Map<string, Line>();
    for (const line of texts.map(text => JSON.parse(text) as Line)) {
      const blocks = Array.isArray(line.message?.content) ? line.message.content : [];
      counts.tools += blocks.filter(block => block.type === 'tool_use').length;
      counts.toolErrors += blocks.filter(block => block.type === 'tool_result' && block.is_error === true).length;
      if (line.type === 'result') results.set(line.session_id ?? '', line);
    }
    for (const { total_cost_usd = 0, usage = {} } of results.values()) {
      counts.cost += total_cost_usd;
      const {
        input_tokens = 0,
        output_tokens = 0,
        cache_read_input_tokens = 0,
        cache_creation_input_tokens = 0,
      } = usage;
      counts.tokens += input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens;
    }
  }
  return counts;
}

describe('the page shows what the files say', () => {
  test.each([7, 49])('of a tree with sessions, sub-agents, failures and broken lines, seed %i', async seed => {
    const { files, said } = makeTree(seed);
    const server = await serve();
    await replay(server, treeOf('5eedf00d', files), '5eedf00d');
    const { page, errors } = await openPage(server.url, adwHash('5eedf00d', 'q=kind:tool'));
    await complete(page);
    const rows = async (query: string, count: number) => {
      await page.locator('#search').fill(query);
      const text = count === 1 ? '1 row' : `${count} rows`;
      await expect.poll(() => page.locator('.row-count').innerText(), { message: query }).toBe(text);
    };
    await rows('kind:tool', said.tools);
    await rows('kind:tool status:error', said.failed);
    await rows('is:pending', said.unanswered);
    await rows('is:subagent kind:tool', said.nested);
    await rows('kind:malformed', said.malformed);
    const tokens = await page.locator('.numbers [title*="tokens:"]').getAttribute('title');
    expect(Number(tokens?.split(' ')[0]?.replaceAll(',', ''))).toBe(said.tokens);
    await page.locator('#tab-cost').click();
    await page
      .locator('.figure')
      .getByText(`$${said.cost.toFixed(2)}`)
      .waitFor();
    expect(errors).toEqual([]);
  });

  test('tools, failures, cost and tokens in the header and on the Cost tab', async () => {
    const agents = exampleAgents();
    const expected = countFiles(join(agents, EXAMPLE_ID));
    const server = await serve();
    await replay(server, agents, EXAMPLE_ID);
    const { page } = await openPage(server.url, adwHash(EXAMPLE_ID, 'q=kind:tool'));
    await complete(page);
    await expect.poll(() => page.locator('.row-count').innerText()).toBe(`${expected.tools} rows`);
    await page.locator('#search').fill('kind:tool status:error');
    await expect.poll(() => page.locator('.row-count').innerText()).toBe(`${expected.toolErrors} rows`);
    const tokens = await page.locator('.numbers [title*="tokens:"]').getAttribute('title');
    expect(Number(tokens?.split(' ')[0]?.replaceAll(',', ''))).toBe(expected.tokens);
    await page.locator('#tab-cost').click();
    await page
      .locator('.figure')
      .getByText(`$${expected.cost.toFixed(2)}`)
      .waitFor();
    await page
      .locator('.figure', { hasText: 'tool calls' })
      .getByText(String(expected.tools), { exact: true })
      .waitFor();
  });

  test('every line of every file on the Raw tab', async () => {
    const agents = exampleAgents();
    const server = await serve();
    await replay(server, agents, EXAMPLE_ID);
    const { page } = await openPage(server.url, adwHash(EXAMPLE_ID, 'tab=raw'));
    const file = page.getByLabel('File');
    await file.selectOption('sdlc_implementor/raw_output.jsonl#1');
    const lines = readFileSync(join(agents, EXAMPLE_ID, 'sdlc_implementor/raw_output.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean);
    await page.getByText(`${lines.length} lines`).waitFor();
    await page.locator('.raw-line').first().click();
    const shown = await page.locator('.raw-detail code').innerText();
    expect(JSON.parse(shown)).toEqual(JSON.parse(lines[0] ?? ''));
  });

  test('the exact line behind a call, with its place in the file', async () => {
    const agents = exampleAgents();
    const server = await serve();
    await replay(server, agents, EXAMPLE_ID);
    const { page } = await openPage(server.url, adwHash(EXAMPLE_ID, 'q=tool:Edit'));
    await complete(page);
    await page.locator('article .row-line').first().click();
    await page.locator('.inspector').getByRole('tab', { name: 'Raw' }).click();
    const place = await page.locator('.inspector .raw-place .mono').first().innerText();
    const code = await page.locator('.inspector .raw-part code').first().innerText();
    const [path = '', line = '0'] = place.split(':');
    const onDisk = readFileSync(join(agents, EXAMPLE_ID, path), 'utf8').split('\n')[Number(line) - 1] ?? '';
    expect(JSON.parse(code)).toEqual(JSON.parse(onDisk));
  });
});
