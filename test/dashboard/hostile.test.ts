import { afterAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/running.ts';
import { adwHash, complete, openPage, openShared, replay, serve, treeOf } from './world.ts';

const ID = '0badc0de';
const SESSION = { session_id: 's1', parent_tool_use_id: null };

const assistant = (block: object, id: string) => ({
  type: 'assistant',
  message: {
    model: 'm',
    id,
    type: 'message',
    role: 'assistant',
    content: [block],
    usage: { input_tokens: 1, output_tokens: 1 },
  },
  ...SESSION,
});
const answer = (id: string, content: string) => ({
  type: 'user',
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] },
  ...SESSION,
});

const SCRIPT =
  '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2"><svg onload="window.hacked=3">';
const MARKDOWN = [
  SCRIPT,
  '# Title <b onclick="window.hacked=4">bold</b>',
  '[click](javascript:window.hacked=5) [data](data:text/html,<script>window.hacked=6</script>) [fine](https://example.com/x)',
  '![remote](https://example.com/pixel.png)',
  '<iframe src="https://example.com"></iframe><style>body{display:none}</style>',
].join('\n\n');

const SPACED = '/home/dev/my docs/empty.txt';

const LINES = [
  {
    type: 'system',
    subtype: 'init',
    cwd: '/home/dev',
    tools: [],
    mcp_servers: [],
    model: SCRIPT,
    permissionMode: 'default',
    ...SESSION,
  },
  assistant({ type: 'text', text: MARKDOWN }, 'm1'),
  assistant({ type: 'thinking', thinking: SCRIPT }, 'm2'),
  assistant({ type: 'tool_use', id: 't1', name: 'Bash', input: { command: `echo '${SCRIPT}'` } }, 'm3'),
  answer('t1', `\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2J\u001b[1;1H plain ${SCRIPT}`),
  assistant({ type: 'tool_use', id: 't2', name: 'Read', input: { file_path: `src/\u202Etxt.exe${SCRIPT}` } }, 'm4'),
  answer('t2', 'x'.repeat(300_000)),
  assistant({ type: 'text', text: `${'word'.repeat(25_000)}` }, 'm5'),
  assistant(
    { type: 'tool_use', id: 't3', name: SCRIPT, input: { __proto__: 1, constructor: SCRIPT, '<b>': SCRIPT } },
    'm6',
  ),
  answer('t3', '\u202Eevil\u2066 override'),
  assistant(
    { type: 'tool_use', id: 't4', name: 'TodoWrite', input: { todos: [null, { content: 'x', status: 5 }, 'words'] } },
    'm7',
  ),
  answer('t4', 'InputValidationError'),
  assistant({ type: 'tool_use', id: 't5', name: 'Write', input: { file_path: SPACED, content: '' } }, 'm9'),
  {
    ...answer('t5', 'ok'),
    tool_use_result: { type: 'create', filePath: SPACED, content: '', structuredPatch: [] },
  },
  assistant({ type: 'text', text: `${'>'.repeat(6000)} deep` }, 'm8'),
  {
    type: 'result',
    subtype: 'success',
    is_error: false,
    duration_ms: 5,
    duration_api_ms: 4,
    num_turns: 1,
    result: MARKDOWN,
    total_cost_usd: 0.01,
    usage: {},
    ...SESSION,
  },
];

const files = {
  'sdlc_planner/raw_output.jsonl': `${LINES.map(line => JSON.stringify(line)).join('\n')}\n{"broken": ${SCRIPT}\n`,
  'adw_state.json': JSON.stringify({
    adw_id: ID,
    issue_title: SCRIPT,
    issue_number: '1',
    branch_name: SCRIPT,
    plan_file: null,
  }),
};

/** A server that holds that log: one for all tests that only look at it. */
let holding: Promise<TestServer> | undefined;
const serveHostile = () => {
  holding ??= startHostile();
  return holding;
};
afterAll(async () => (await holding)?.remove());

async function startHostile(): Promise<TestServer> {
  const server = await startTestServer({ idFormat: 'any' }, { observe: () => {} });
  await replay(server, treeOf(ID, files), ID);
  return server;
}

test('a hostile log does nothing but be shown', async () => {
  const server = await serveHostile();
  const { page, errors, foreign } = await openShared(server.url, adwHash(ID));
  await complete(page);
  for (const tab of ['timeline', 'spec', 'screenshots', 'files', 'todos', 'cost', 'errors', 'state', 'raw']) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#panel-${tab} :not(.skeleton, .skeleton *)`).first().waitFor();
  }
  await page.locator('#tab-timeline').click();
  await page.keyboard.press('C');
  const rows = page.locator('article');
  await page.keyboard.press('g');
  for (let i = 0; i < 15; i++) {
    await page.keyboard.press('j');
    await page.locator('.inspector-body > *').first().waitFor();
    expect(await page.getByText('This cannot be shown').count()).toBe(0);
  }
  await page.keyboard.press('c');
  await page.locator('#search').fill('kind:text');
  await expect.poll(() => rows.count()).toBe(3);
  await rows.first().locator('.row-line').click();
  await page.locator('.inspector .markdown').getByText('window.hacked = 1').first().waitFor();
  await page.locator('.inspector .markdown a[href]').first().waitFor();
  const hrefs = await page
    .locator('.inspector .markdown a')
    .evaluateAll(links => links.map(link => link.getAttribute('href')));
  expect(hrefs.filter(href => href !== null)).toEqual(['https://example.com/x']);
  expect(await page.locator('.inspector .markdown').locator('img, script, iframe, style, svg').count()).toBe(0);
  expect(await page.locator('.inspector .markdown').innerText()).toContain('<iframe');
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(errors).toEqual([]);
  expect(foreign).toEqual([]);
});

test('an event that cannot be drawn says so, and the page around it stays', async () => {
  const server = await serve();
  const common = { adw_id: ID, timing: 'observed', agent_role: 'a', attempt: 1, message: 'odd' };
  const timestamp = new Date().toISOString();
  const events = ['odd', 'fine'].map(content => ({
    type: 'chat_message',
    // No text can be made of the first one's content.
    data: { ...common, event_id: content, timestamp, content: content === 'odd' ? { toString: 1 } : content },
  }));
  await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  const { page, errors } = await openPage(server.url, adwHash(ID));
  await complete(page);
  await page.locator('article').first().locator('.row-line').click();
  await page.locator('.inspector').getByText('This cannot be shown').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('article').getByText('This cannot be shown').waitFor();
  await page.keyboard.press('j');
  await page.locator('.inspector .markdown').getByText('fine').waitFor();
  expect(errors).toEqual([]);
});

test('a file is found whose name holds a space, and says nothing of lines that it does not have', async () => {
  const server = await serveHostile();
  const { page } = await openShared(server.url, adwHash(ID));
  await complete(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('empty.txt');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('article').count()).toBe(1);
  expect(await page.locator('article .row-summary').innerText()).toContain('empty.txt');
  expect(await page.locator('article .row-chips').innerText()).not.toMatch(/(^|\s)0(\s|$)/);
});

test('colours of a terminal are kept, and nothing else that a terminal obeys', async () => {
  const server = await serveHostile();
  const { page } = await openShared(server.url, adwHash(ID, 'q=tool:Bash'));
  await complete(page);
  await page.locator('article .row-line').first().click();
  await page.locator('.inspector .ansi-1').getByText('red').waitFor();
  expect(await page.locator('.inspector .output').last().innerText()).toContain('red');
  expect(await page.locator('.inspector .output').last().innerText()).not.toMatch(/[\u001b\u0007]|0;title/);
});

test('text that would reorder its line is shown in its place', async () => {
  const server = await serveHostile();
  const { page } = await openShared(server.url, adwHash(ID, 'q=tool:Read'));
  await complete(page);
  expect(await page.locator('article .row-summary').first().innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
});

test('a line that is no JSON is an error row, with its text', async () => {
  const server = await serveHostile();
  const { page } = await openShared(server.url, adwHash(ID));
  await complete(page);
  const row = page.locator('article[data-type=malformed_line]');
  await row.waitFor();
  expect(await row.innerText()).toContain('malformed');
  expect(await row.innerText()).toContain('{"broken"');
});
