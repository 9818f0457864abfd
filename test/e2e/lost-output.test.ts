import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { until } from '../support/until.ts';
import { EXAMPLE_ID, exampleProject, run, start, temporaryDirectory } from './processes.ts';
import { openPane } from './tmux.ts';

const ID = 'abcd1234';
const NO_SPACE = 'stdout cannot be written (ENOSPC: no space left on device, write).';
const text = (words: string) =>
  `${JSON.stringify({ type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: words }] } })}\n`;

/** A directory with an ADW of one role that has written nothing yet, and that role's file. */
async function project(): Promise<{ root: string; file: string }> {
  const root = await temporaryDirectory();
  const role = join(root, 'agents', ID, 'planner');
  await mkdir(role, { recursive: true });
  return { root, file: join(role, 'raw_output.jsonl') };
}

async function linesIn(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/adws/${ID}`);
  return answer.ok ? ((await answer.json()) as { totals: { lines: number } }).totals.lines : 0;
}

describe('a log that cannot be written', () => {
  const under = 'exec 2>/dev/full';

  test('does not end a server', async () => {
    const dataDir = await temporaryDirectory();
    const server = start(['serve', '--port', '0', '--data-dir', dataDir, '--verbose'], { under });
    const [url] = await server.says(/http:\/\/\S+/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    server.process.kill('SIGTERM');
    expect(await server.finished).toMatchObject({ code: 0 });
  });

  test('does not end a watch', async () => {
    const server = await serverForTest();
    const { root, file } = await project();
    const watch = start(['watch', ID, '--server', server.url, '--verbose'], { cwd: root, under });
    for (const round of [1, 2]) {
      await appendFile(file, text(`round ${round}`));
      await watch.says(new RegExp(`round ${round}`));
    }
    watch.process.kill('SIGTERM');
    expect(await watch.finished).toMatchObject({ code: 0 });
    expect(await linesIn(server.url)).toBe(2);
  });

  test.each([0, 7])('leaves a wrapped command its exit code: %i', async exit => {
    const server = await serverForTest();
    const { root } = await project();
    const args = ['watch', ID, '--server', server.url, '--verbose', '--', 'sh', '-c', `echo done; exit ${exit}`];
    expect(await run(args, { cwd: root, under })).toMatchObject({ code: exit, stdout: 'done\n' });
  });

  test('leaves an error its exit code', async () => {
    const { code } = await run(['list'], { cwd: await temporaryDirectory(), under });
    expect(code).toBe(3);
  });
});

describe('data that cannot be written', () => {
  const under = 'exec >/dev/full';

  test.each([[['list']], [['status', EXAMPLE_ID]], [['tail', EXAMPLE_ID]], [['config']], [['completion', 'bash']]])(
    'is an error of what prints nothing else: %j',
    async args => {
      const { root } = await exampleProject();
      const { code, stderr } = await run(args, { cwd: root, under });
      expect([code, stderr]).toEqual([6, `error: ${NO_SPACE}\nhint:  Free space on its disk, or write elsewhere.\n`]);
    },
  );

  test.each([[['--help']], [['help', 'watch']], [['--version']]])('nor is it silence that answers %j', async args => {
    const { code, stderr } = await run(args, { under });
    expect([code, stderr]).toEqual([6, `error: ${NO_SPACE}\nhint:  Free space on its disk, or write elsewhere.\n`]);
  });

  test('does not keep a watch from delivering', async () => {
    const server = await serverForTest();
    const { root, file } = await project();
    const watch = start(['watch', ID, '--server', server.url], { cwd: root, under });
    for (const round of [1, 2]) {
      await appendFile(file, text(`round ${round}`));
      await until(`${round} lines are in the log`, async () => (await linesIn(server.url)) === round);
    }
    watch.process.kill('SIGTERM');
    const { code, stderr } = await watch.finished;
    expect(code).toBe(0);
    expect(stderr.match(/warn: stdout cannot .* Going on without it\./g)).toHaveLength(1);
    expect(stderr).toMatch(/2 lines \(2 new, 0 duplicates\).* all in the log/);
  });
});

describe('a terminal whose window is closed', () => {
  test.each([
    ['is told of it', (command: string) => `(trap '' HUP; ${command}; echo $? > ended)`],
    // The signal is for what has the terminal, not for what runs behind.
    ['finds it out', (command: string) => `set -m; trap '' HUP; ${command} & wait $!; echo $? > ended; exit`],
  ])('lets a watch that %s deliver the rest, and end with 129', async (_, around) => {
    const server = await serverForTest();
    const { root, file } = await project();
    await writeFile(file, text('the first words'));
    const pane = await openPane(['watch', ID, '--server', server.url], { columns: 100, rows: 24, cwd: root, around });
    await pane.shows(/the first words/);
    await appendFile(file, text('while it is closed'));
    pane.close();
    // Should the screen have shown that already, this has it notice.
    await appendFile(file, text('afterwards'));
    const ended = () => readFile(join(root, 'ended'), 'utf8').catch(() => undefined);
    expect(await until('the watch has ended', async () => (await ended()) || undefined)).toBe('129\n');
    expect(await linesIn(server.url)).toBeGreaterThanOrEqual(2);
  });
});
