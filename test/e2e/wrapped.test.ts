import { execFileSync } from 'node:child_process';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { runHere, start, temporaryDirectory } from './processes.ts';
import { openPane } from './tmux.ts';

const ID = 'abcd1234';
const AWAY = 'http://127.0.0.1:9';

/** A directory that has agents/ and whatever else the test puts there. */
async function project(): Promise<string> {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'agents'));
  return root;
}

/** A workflow that says how often it was asked to stop, and does so at the third time. */
const STUBBORN = `
  let times = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {
    times += 1;
    console.log(name, times);
    if (times === 3) process.exit(7);
  });
  setTimeout(() => process.exit(9), 30_000);
  console.log('working');`;

/** The arguments of a watch that runs it, with a server that takes what is left when it has ended. */
async function watchStubborn(): Promise<string[]> {
  const { url } = await serverForTest();
  return ['watch', ID, '--server', url, '--', process.execPath, '-e', STUBBORN];
}

describe('a command that does not stop when it is asked to', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is told of every %s, and waited for', async signal => {
    const watch = start(await watchStubborn(), { cwd: await project() });
    await watch.says(/working/);
    for (const times of [1, 2]) {
      watch.process.kill(signal);
      await watch.says(new RegExp(`${signal} ${times}`));
    }
    watch.process.kill(signal);
    expect(await watch.finished).toMatchObject({ code: 7, stdout: expect.stringContaining(`${signal} 3`) });
  });

  test('keeps the terminal for as long as it runs', async () => {
    const pane = await openPane(await watchStubborn(), { columns: 100, rows: 24, cwd: await project() });
    await pane.shows(/working/);
    for (const times of [1, 2]) {
      await pane.type('C-c');
      await pane.shows(new RegExp(`SIGINT ${times}`));
    }
    await pane.type('C-c');
    expect(await pane.shows(/exit \d+$/)).toMatch(/SIGINT 3\n(.*\n)*exit 7$/);
  });
});

describe('a signal before the command has begun', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s: it is not run, and the exit code is %i as if it had been ended by it', async (signal, exit) => {
    const cwd = await project();
    // A start that waits for its config file, until the signal is there.
    const config = join(cwd, 'config');
    execFileSync('mkfifo', [config]);
    const args = ['watch', ID, '--server', AWAY, '--config', config, '--', 'touch', 'run'];
    const watch = start(args, { cwd });
    const file = await open(config, 'w');
    watch.process.kill(signal);
    await file.write('{}');
    await file.close();
    expect(await watch.finished).toMatchObject({ code: exit, stderr: expect.stringContaining('Asked to stop before') });
    expect(await readdir(cwd)).toEqual(['agents', 'config']);
  });
});

describe('while the server is away', () => {
  test('a command keeps its exit code, and one that cannot be run ends as in a shell, and says why', async () => {
    const watch = async (...command: string[]) => {
      const cwd = await project();
      await writeFile(join(cwd, 'not-executable'), 'echo never\n', { mode: 0o600 });
      return runHere(['watch', ID, '--server', AWAY, '--', ...command], { cwd });
    };
    const unrunnable = [
      ['no-such-command', 127, 'there is no such command'],
      ['./no-such-file', 127, 'there is no such command'],
      ['', 127, 'there is no such command'],
      ['./not-executable', 126, 'EACCES'],
      ['./agents', 126, 'EACCES'],
      ['./not-executable/below', 126, 'ENOTDIR'],
    ] as const;
    const refused = unrunnable.map(async ([command, exit, why]) => {
      const { code, stdout, stderr } = await watch(command);
      expect([command, code, stdout]).toEqual([command, exit, '']);
      expect(stderr).toMatch(
        new RegExp(`^error: Cannot run ${JSON.stringify(command)}: [^\\n]*${why}[^\\n]*\\nhint: `, 'm'),
      );
    });
    const run = [0, 7].map(async exit => {
      expect(await watch('sh', '-c', `exit ${exit}`)).toMatchObject({
        code: exit,
        stderr: expect.stringContaining(AWAY),
      });
    });
    // All at once: each tries for five seconds to deliver what it has to tell of its command.
    await Promise.all([...refused, ...run]);
  });
});
