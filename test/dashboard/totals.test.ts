import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { makeTree } from './synthetic-tree.ts';
import {
  adwHash,
  complete,
  EXAMPLE_ID,
  exampleAgents,
  openExample,
  openPage,
  openShared,
  replay,
  searched,
  serve,
  serveExample,
  treeOf,
} from './world.ts';

interface Line {
  readonly type?: string;
  readonly session_id?: string;
  readonly total_cost_usd?: number;
  readonly usage?: Record<string, number>;
  /** By model: what a session spent on all of them, where `usage` counts its main one. */
  readonly modelUsage?: Record<string, Record<string, number>>;
  readonly message?: { readonly content?: readonly Record<string, unknown>[] };
}

const TOKENS = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'];
const MODEL_TOKENS = ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheCreationInputTokens'];

const sumOf = (counts: Record<string, number>, kinds: readonly string[]) =>
  kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);

/** What the files say, read with nothing of ours: the newest result of a session holds, sums of them would be wrong. */
function countFiles(root: string) {
  const streams = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.jsonl'));
  const counts = { lines: 0, malformed: 0, tools: 0, toolErrors: 0, cost: 0, tokens: 0, withoutResult: 0 };
  for (const stream of streams) {
    const texts = readFileSync(join(root, stream), 'utf8').split('\n').filter(Boolean);
    counts.lines += texts.length;
    const asked = new Set<unknown>();
    const failed = new Set<unknown>();
    const sessions = new Set<string>();
    const results = new Map<string, Line>();
    for (const text of texts) {
      const line = lineOf(text);
      if (line === undefined) {
        counts.malformed++;
        continue;
      }
      if (line.session_id !== undefined) sessions.add(line.session_id);
      const blocks = Array.isArray(line.message?.content) ? line.message.content : [];
      for (const block of blocks) {
        if (block.type === 'tool_use') asked.add(block.id);
        if (block.type === 'tool_result' && block.is_error === true) failed.add(block.tool_use_id);
      }
      if (line.type === 'result') results.set(line.session_id ?? '', line);
    }
    counts.tools += asked.size;
    counts.toolErrors += [...failed].filter(id => asked.has(id)).length;
    counts.withoutResult += [...sessions].filter(session => !results.has(session)).length;
    for (const { total_cost_usd = 0, usage = {}, modelUsage = {} } of results.values()) {
      const models = Object.values(modelUsage).map(model => sumOf(model, MODEL_TOKENS));
      counts.cost += total_cost_usd;
      counts.tokens += models.length > 0 ? models.reduce((sum, tokens) => sum + tokens, 0) : sumOf(usage, TOKENS);
    }
  }
  return counts;
}

function lineOf(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Holds the rows, header and Cost tab of an ADW's page against what its files say. */
async function expectTotals(page: Page, expected: ReturnType<typeof countFiles>): Promise<void> {
  const rows = async (query: string, count: number) => {
    await page.locator('#search').fill(query);
    // As many rows as the query before would be taken for its answer.
    await expect.poll(() => searched(page)).toBe(query);
    const text = count === 1 ? '1 row' : `${count.toLocaleString('en-US')} rows`;
    await expect.poll(() => page.locator('.row-count').innerText(), { message: query }).toBe(text);
  };
  await rows('kind:tool', expected.tools);
  await rows('kind:tool status:error', expected.toolErrors);
  await rows('kind:malformed', expected.malformed);
  // What a session without a result cost is worked out from its messages, which is no sum of anything in the files.
  if (expected.withoutResult === 0) {
    const tokens = await page.locator('.numbers [title*="tokens:"]').getAttribute('title');
    expect(Number(tokens?.split(' ')[0]?.replaceAll(',', ''))).toBe(expected.tokens);
  }
  await page.locator('#tab-cost').click();
  await page
    .locator('.figure', { hasText: 'tool calls' })
    .getByText(expected.tools.toLocaleString('en-US'), { exact: true })
    .waitFor();
  if (expected.withoutResult > 0) return;
  const cost = page.locator('.figure', { hasText: /cost, (final|estimated)/ }).locator('b');
  expect(Math.abs(Number((await cost.innerText()).replace('$', '')) - expected.cost)).toBeLessThan(0.006);
}

/** Directories with an `agents/` each, to hold the page against: `ADW_STREAM_TEST_TREES=one:two npx vitest run <this file>`. */
const TREES = (process.env.ADW_STREAM_TEST_TREES ?? '').split(delimiter).filter(Boolean);

/** Every ADW of the trees that was named so that it can be one. */
const FOREIGN = TREES.flatMap(tree =>
  readdirSync(join(tree, 'agents'))
    .filter(id => !id.startsWith('-'))
    .map(id => ({ agents: join(tree, 'agents'), id })),
);

test.runIf(FOREIGN.length > 0).each(FOREIGN)('totals of $id in $agents', async ({ agents, id }) => {
  const server = await serve();
  await replay(server, agents, id, temporaryDirectory());
  const { page, errors } = await openPage(server.url, adwHash(id, 'q=kind:tool'));
  await page.waitForSelector('[role=feed][aria-busy=false]');
  const expected = countFiles(join(agents, id));
  console.log(JSON.stringify({ id, ...expected }));
  await expectTotals(page, expected);
  expect(errors).toEqual([]);
});

describe('the page shows what the files say', () => {
  test.each([1, 2])('of random tree %i with sessions, sub-agents, failures and broken lines', async nth => {
    const { files, said } = makeTree(nth);
    const id = `5eed${String(nth).padStart(4, '0')}`;
    // It takes other runs, too.
    const server = await serveExample();
    await replay(server, treeOf(id, files), id);
    const { page, errors } = await openShared(server.url, adwHash(id, 'q=kind:tool'));
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
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'q=kind:tool'));
    await complete(page);
    await expectTotals(page, expected);
  });

  test('every line of every file on the Raw tab', async () => {
    const agents = exampleAgents();
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'tab=raw'));
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
    const { page } = await openExample(adwHash(EXAMPLE_ID, 'q=tool:Edit'));
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
