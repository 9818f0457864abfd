// Makes the two pictures of the dashboard in README: an agent's files are written line by line in a process of their own pace,
// `watch` follows them, and Chromium shows what `serve` shows. Run it with `node scripts/dashboard-pictures.mjs` after a build;
// it takes about a minute.
import { spawn } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../', import.meta.url));
const bin = join(root, 'bin/adw-stream.js');
const id = '7e4c1a9b';
const told = join(root, 'examples/agents', id);
const roles = [
  'issue_classifier',
  'branch_generator',
  'sdlc_planner',
  'sdlc_planner_committer',
  'sdlc_implementor',
  'sdlc_implementor_committer',
  'test_runner',
  'reviewer',
];
/** Pause between two lines, ms. */
const PACE_MS = 420;

const directory = await mkdtemp(join(tmpdir(), 'adw-stream-pictures-'));
const children = [];
const start = (...args) => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
};
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const agents = join(directory, 'agents');
  await mkdir(join(agents, id), { recursive: true });
  await cp(join(root, 'examples/specs'), join(directory, 'specs'), { recursive: true });
  const server = start('serve', '--port', '0', '--data-dir', join(directory, 'data'));
  const url = await new Promise(resolve => {
    server.stdout.on('data', text => resolve(/http:\S+/.exec(String(text))?.[0]));
  });
  start('watch', id, '--server', url, '--agents-dir', agents, '--state-dir', join(directory, 'state'));
  await cp(join(told, 'adw_state.json'), join(agents, id, 'adw_state.json'));
  for (const role of roles) await tell(role, join(agents, id, role), role === 'reviewer');
  const light = await open(url, 'light');
  await light.locator('article[data-type=tool_use_pre]', { hasText: 'failed' }).first().locator('.row-line').click();
  await picture(light, 'dashboard-light.png');
  const dark = await open(url, 'dark', '?q=tool:Edit&mode=highlight');
  await dark.keyboard.press('n');
  await dark.locator('.inspector .diff').waitFor();
  await picture(dark, 'dashboard-dark.png');
} finally {
  await browser.close();
  for (const child of children) child.kill();
  await setTimeout(300);
  await rm(directory, { recursive: true, force: true });
}

/** Writes a role's lines at a pace that a person could follow; the last role is still in the middle of a call. */
async function tell(role, to, stopAtCall) {
  await mkdir(to, { recursive: true });
  if (stopAtCall) await cp(join(told, role, 'review_img'), join(to, 'review_img'), { recursive: true });
  const lines = (await readFile(join(told, role, 'raw_output.jsonl'), 'utf8')).split('\n').filter(Boolean);
  const last = lines.findLastIndex(line => line.includes('"tool_use"'));
  for (const line of stopAtCall ? lines.slice(0, last + 1) : lines) {
    await appendFile(join(to, 'raw_output.jsonl'), `${line}\n`);
    await setTimeout(PACE_MS);
  }
}

async function open(url, colorScheme, query = '') {
  const page = await browser.newPage({ viewport: { width: 1440, height: 860 }, deviceScaleFactor: 1.2, colorScheme });
  await page.goto(`${url}/#/adw/${id}${query}`);
  await page.waitForSelector('[role=feed][aria-busy=false] article');
  return page;
}

async function picture(page, name) {
  await page.locator('.inspector-body > *').first().waitFor();
  await setTimeout(800);
  await mkdir(join(root, 'docs/images'), { recursive: true });
  await page.screenshot({ path: join(root, 'docs/images', name) });
}
