// Makes the pictures of docs/dashboard.md: takes runs from one or more agents directories, adds one that works and one that
// waits for a person, and photographs what the page answers. `node scripts/questions.mjs <failed run> <run that wrote code> <agents-dir>…`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../', import.meta.url));
const [failed, wrote, ...trees] = process.argv.slice(2);
if (trees.length === 0) {
  process.stderr.write('Usage: node scripts/questions.mjs <failed run> <run that wrote code> <agents-dir>…\n');
  process.exit(2);
}
/** Size of a picture, px. */
const VIEWPORT = { width: 1280, height: 720 };
/** ms in which no request is made, after which the page has drawn what it knows. */
const SETTLED_MS = 1_500;

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell'].find(path => existsSync(path));

const directory = await mkdtemp(join(tmpdir(), 'adw-stream-questions-'));
let server;
let browser;
try {
  for (const tree of trees)
    await cp(tree, join(directory, 'agents'), { recursive: true, preserveTimestamps: true, force: false });
  const options = ['--agents-dir', join(directory, 'agents'), '--id-format', 'any', '--port', '0'];
  const state = ['--data-dir', join(directory, 'data'), '--state-dir', join(directory, 'state')];
  server = spawn(process.execPath, [join(root, 'bin/adw-stream.js'), 'up', ...options, ...state]);
  const url = await new Promise(resolve => {
    server.stdout.on('data', text => resolve(/http:\/\/\S+/.exec(String(text))?.[0]));
  });
  await untilQuiet(url);
  await post(url, liveRuns());
  browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  await photograph(url);
} finally {
  await browser?.close();
  server?.kill();
  if (server) await once(server, 'exit');
  await rm(directory, { recursive: true, force: true });
}

/** Takes one picture for each question, in the order of the page. */
async function photograph(url) {
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light' });
  const take = async (name, hash, act = async () => {}) => {
    await page.goto(`${url}/#/`);
    await page.goto(`${url}/${hash}`);
    await act();
    await page.waitForTimeout(SETTLED_MS);
    await page.screenshot({ path: join(root, 'docs/images', `question-${name}.png`) });
  };
  const adw = (id, tab = '') => `#/adw/${encodeURIComponent(id)}${tab && `?tab=${tab}`}`;
  await take('running', '#/?sort=status');
  await take('waiting', '#/?status=waiting');
  await take('failed', adw(failed));
  await take('cost', adw(wrote, 'cost'));
  await take('phases', '#/?totals=1');
  await take('files', adw(wrote, 'files'));
  await take('text', '#/', async () => {
    await page.getByRole('button', { name: 'In contents' }).click();
    await page.getByRole('searchbox').fill('error');
  });
}

/** Resolves when the server holds no more events than a second before. */
async function untilQuiet(url) {
  for (let before = -1; ; ) {
    const { last_seq: last } = await (await fetch(`${url}/api/v1/adws`)).json();
    if (last > 0 && last === before) return;
    before = last;
    await new Promise(resolve => setTimeout(resolve, 2_000));
  }
}

/** A run whose agent works, and one whose agent waits for a permission. */
function liveRuns() {
  const at = secondsAgo => new Date(Date.now() - secondsAgo * 1_000).toISOString();
  let made = 0;
  const event = (adw_id, type, secondsAgo, data) => ({
    type,
    data: {
      ...{ adw_id, event_id: `question${++made}`, timestamp: at(secondsAgo), timing: 'exact' },
      ...{ agent_role: 'sdlc_implementor', attempt: 1, ...data },
    },
  });
  const call = (command, id) => ({ tool_name: 'Bash', tool_use_id: id, input: { command }, tool_input: { command } });
  const begin = (adw_id, secondsAgo) => [
    event(adw_id, 'attempt_started', secondsAgo, { reason: 'new' }),
    event(adw_id, 'session_started', secondsAgo, { session_id: adw_id, model: 'claude-sonnet-4-5' }),
  ];
  return [
    ...begin('4d1f0c7e', 190),
    event('4d1f0c7e', 'tool_use_pre', 42, call('npm test', 'toolu_1')),
    ...begin('9a2b77c3', 300),
    event('9a2b77c3', 'agent_log', 65, {
      level: 'WARNING',
      message: 'waits for permission: Bash git push',
      waiting: { for: 'permission', message: 'Bash git push' },
    }),
  ];
}

async function post(url, events) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  const { rejected } = await answer.json();
  if (rejected?.length > 0) throw new Error(JSON.stringify(rejected));
}
