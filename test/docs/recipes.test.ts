import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { EXAMPLE_ID, exampleProject, runHere, temporaryDirectory } from '../e2e/processes.ts';
import { serverForTest } from '../server/running.ts';
import { BIN } from '../support/process.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = await readFile(`${ROOT}docs/recipes.md`, 'utf8');

/** The program of a recipe, as it stands on the page. */
function programIn(heading: string): string {
  const section = page.split('\n## ').find(text => text.startsWith(`${heading}\n`)) ?? '';
  return /^```\w+\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '';
}

test.each([
  ['Listen in Python', 'python3', ['-u', '-'], /^tool_use_post reviewer$/m],
  // It holds nothing that Node would have to leave out; our own name leads to what was built.
  ['Listen in TypeScript', process.execPath, ['--input-type=module', '-'], /^reviewer Bash true$/m],
])('%s', async (heading, command, args, shown) => {
  const server = await serverForTest();
  const { root } = await exampleProject();
  const program = programIn(heading).replaceAll('http://127.0.0.1:8500', server.url).replaceAll('1a2b3c4d', EXAMPLE_ID);
  expect(program).toContain(server.url);
  const listener = spawn(command, args, { cwd: ROOT });
  onTestFinished(() => void listener.kill('SIGKILL'));
  let output = '';
  for (const stream of [listener.stdout, listener.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  listener.stdin.end(program);
  expect(await runHere(['replay', EXAMPLE_ID, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
  await until(`the listener shows ${shown}`, () => shown.test(output) || undefined);
  expect(listener.exitCode).toBeNull();
});

test('tmux', async () => {
  const [server, root] = [await serverForTest(), await temporaryDirectory()];
  await Promise.all(['agents', 'bin'].map(name => mkdir(join(root, name))));
  const example = join(ROOT, 'examples', 'agents', EXAMPLE_ID, 'issue_classifier');
  // tmux may lose what a program says the moment before it ends (it takes the terminal for read while the kernel still
  // hands on its bytes), so this one ends when its words are on the screen.
  const said = 'until tmux capture-pane -p -t "$TMUX_PANE" | grep -q "^workflow $3 is done"; do :; done';
  const programs = {
    'adw-stream': `exec ${process.execPath} ${BIN} "$@"`,
    uv: `mkdir -p "agents/$4" && cp -r ${example} "agents/$4/" && echo workflow $3 is done && ${said}`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const socket = `adw-stream-${randomUUID()}`;
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}`, ADW_STREAM_SERVER: server.url };
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8', env, cwd: root });
  onTestFinished(() => void tmux('kill-server'));
  const began = 'tmux new-session';
  const recipe = programIn('tmux');
  expect(recipe).toContain(began);
  const here = recipe.replace(began, `tmux -L ${socket} -f /dev/null new-session -d -x 110 -y 40`);
  execFileSync('sh', ['-c', here], { env, cwd: root });
  const screen = (pane: number) => tmux('capture-pane', '-p', '-S', '-', '-t', `:.${pane}`);
  await until('the agent is seen below', () => /issue_classifier +│ ■ done/.test(screen(1)) || undefined);
  await until('the workflow has ended', () => tmux('display-message', '-p', '-t', ':.0', '#{pane_dead}') === '1\n');
  expect(screen(0)).toMatch(/^workflow 42 is done$/m);
  tmux('send-keys', '-t', ':.1', 'C-c');
  await until('the summary stays', () => /1a2b3c4d: 1 file, .* all in the log/.test(screen(1)) || undefined);
});
