// Makes the terminal picture in README: runs `serve` and `watch` on the example, stopped in the middle of its review, in a
// real terminal (tmux), and writes what the screen shows between the marks. Run it with `npm run picture`.
import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const bin = join(root, 'bin/adw-stream.js');
const id = '7e4c1a9b';
const socket = `adw-stream-picture-${process.pid}`;
const tmux = (...words) => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...words], { encoding: 'utf8' });

const directory = await mkdtemp(join(tmpdir(), 'adw-stream-picture-'));
let server;
try {
  await cp(join(root, 'examples/agents'), join(directory, 'agents'), { recursive: true });
  const adw = join(directory, 'agents', id);
  for (const part of [
    'documenter',
    'adw_sdlc_iso',
    'adw_state.json',
    'reviewer/review_img',
    'reviewer/raw_output.json',
  ]) {
    await rm(join(adw, part), { recursive: true, force: true });
  }
  await stopAtOpenCall(join(adw, 'reviewer/raw_output.jsonl'));
  server = spawn(process.execPath, [bin, 'serve', '--port', '0', '--data-dir', join(directory, 'data')]);
  const url = await new Promise(resolve => {
    server.stdout.on('data', text => resolve(/http:\S+/.exec(String(text))?.[0]));
  });
  tmux(
    'new-session',
    '-d',
    '-x',
    '104',
    '-y',
    '24',
    '-c',
    directory,
    '-e',
    'NO_COLOR=1',
    `'${process.execPath}' '${bin}' watch ${id} --server ${url} -n 12`,
  );
  let screen = '';
  while (!/reviewer .*\d(s|:\d\d)\n.*up to date/.test(screen)) screen = tmux('capture-pane', '-p').trimEnd();
  const shown = screen
    .replace(/^.*watching .*\n/, '')
    .replace(/127\.0\.0\.1:\d+/, match => '127.0.0.1:8500'.padStart(match.length));
  const readme = join(root, 'README.md');
  const text = await readFile(readme, 'utf8');
  const marks = /(made by `npm run picture`\):\n\n```\n)[\s\S]*?(```\n)/;
  await writeFile(
    readme,
    text.replace(marks, (_, before, after) => `${before}${shown}\n${after}`),
  );
  process.stdout.write(`${shown}\n`);
} finally {
  server?.kill();
  try {
    tmux('kill-server');
  } catch {
    // no terminal was opened
  }
  await rm(directory, { recursive: true, force: true });
}

/** Cuts a stream after its first tool call, so that the call is open. */
async function stopAtOpenCall(file) {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const calls = lines.flatMap((line, index) => (line.includes('"tool_use"') ? [index] : []));
  await writeFile(file, `${lines.slice(0, (calls[1] ?? calls[0]) + 1).join('\n')}\n`);
}
