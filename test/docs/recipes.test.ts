import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { EXAMPLE_ID, exampleProject, run, startServer } from '../e2e/processes.ts';
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
  const server = await startServer();
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
  expect(await run(['replay', EXAMPLE_ID, '--server', server.url], { cwd: root })).toMatchObject({ code: 0 });
  await until(`the listener shows ${shown}`, () => shown.test(output) || undefined);
  expect(listener.exitCode).toBeNull();
});
