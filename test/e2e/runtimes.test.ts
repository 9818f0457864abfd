import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import { serverForTest } from '../server/running.ts';
import { type RuntimeMajor, runtime } from '../support/fetched.ts';
import { EXAMPLE_ID, exampleProject, run, runHere, start, temporaryDirectory } from './processes.ts';

const execute = promisify(execFile);
/** Three runtimes are 150 MB to fetch, once. ms */
const INSTALL_MS = 300_000;

/** Where that Node is. Fetched when it is not there in the version that the lock file names. */
async function installed(major: RuntimeMajor): Promise<string> {
  const { node, version } = await runtime(major);
  const { stdout } = await execute(node, ['--version']);
  expect(stdout.trim()).toBe(`v${version}`);
  return node;
}

/** The whole way of the data with the built program, each command a process of that Node. @returns the server's data directory */
async function wholeWay(node: string) {
  const { root } = await exampleProject();
  const dataDir = await temporaryDirectory();
  const where = { cwd: root, node };
  const server = start(['serve', '--port', '0', '--data-dir', dataDir], where);
  const [url = ''] = await server.says(/http:\/\/\S+/);
  const at = ['--server', url];
  expect(await run(['replay', EXAMPLE_ID, ...at], where)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/9 files, 115 lines \(115 new, 0 duplicates\), .* all in the log\n$/),
  });
  expect(await run(['verify', EXAMPLE_ID, ...at], where)).toMatchObject({ code: 0 });
  const watch = start(['watch', EXAMPLE_ID, ...at], where);
  await watch.says(/documenter .* ■ done, 3 turns/);
  watch.process.kill('SIGTERM');
  expect(await watch.finished).toMatchObject({ code: 0, stderr: expect.stringContaining('115 lines (0 new') });
  const [fromDisk, fromServer, list, tail] = await Promise.all([
    run(['status', EXAMPLE_ID, '--json'], where),
    run(['status', EXAMPLE_ID, '--json', ...at], where),
    run(['list'], where),
    run(['tail', EXAMPLE_ID, '--no-follow', '-n', '1'], where),
  ]);
  // By itself: it gives the server three seconds to answer.
  const doctor = await run(['doctor', ...at, '--port', '0', '--data-dir', dataDir], where);
  for (const command of [fromDisk, fromServer, list, tail]) expect(command.stderr).toBe('');
  const totalsOf = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as AdwSummary).totals;
  expect(totalsOf(fromDisk)).toMatchObject({ lines: 115, tools: 39, errors: 5 });
  expect(totalsOf(fromServer)).toEqual({ ...totalsOf(fromDisk), events: totalsOf(fromServer).events });
  expect(list.stdout).toMatch(new RegExp(`^ADW .*\n${EXAMPLE_ID}  ✓ completed`));
  expect(tail.stdout).toBe("workflow           │ ■ completed: the workflow's log says completed\n");
  expect(doctor).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ store') });
  server.process.kill('SIGTERM');
  expect(await server.finished).toMatchObject({ code: 0 });
  return dataDir;
}

describe.each([22, 24, 26] as const)('on Node %i', major => {
  const isOffered = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
  let node = '';
  beforeAll(async () => {
    if (isOffered) node = await installed(major);
  }, INSTALL_MS);

  test.skipIf(!isOffered)(
    'serve, replay, verify, watch, status, list, tail and doctor do what they do here',
    async () => {
      const dataDir = await wholeWay(node);
      // What it has written, this Node reads.
      const { url } = await serverForTest({ dataDir });
      const { stdout } = await runHere(['status', EXAMPLE_ID, '--json', '--server', url]);
      expect((JSON.parse(stdout) as AdwSummary).totals).toMatchObject({ lines: 115, tools: 39 });
    },
  );
});
