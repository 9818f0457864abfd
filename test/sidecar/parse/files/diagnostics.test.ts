import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serverForTest } from '../../../server/running.ts';
import { type Command, runCommand } from '../../../support/process.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { until } from '../../../support/until.ts';
import { ID, readLog } from '../../bed.ts';

/** Root may read everything, unless it runs without the capabilities that say so. */
const WITHOUT_OVERRIDE = process.getuid?.() === 0 ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : '';
/** Namespaces in which the sidecar may watch nothing; the numbers of the machine stay as they are. */
const WITHOUT_WATCHES = 'unshare --user --map-root-user';

const canUnshare = spawnSync('unshare', ['--user', '--map-root-user', 'true']).status === 0;

const LINE = `${JSON.stringify({ type: 'system', subtype: 'init', session_id: 's', model: 'm', tools: [] })}\n`;

function tree(files: Readonly<Record<string, string>>): { agents: string; file: (path: string) => string } {
  const agents = join(temporaryDirectory(), 'agents');
  const file = (path: string) => join(agents, ID, path);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(file(path)), { recursive: true });
    writeFileSync(file(path), content);
  }
  return { agents, file };
}

function sidecar(verb: string, url: string, agents: string, surroundings: { wrap?: string; under?: string }): Command {
  const state = ['--state-dir', join(dirname(agents), 'state')];
  const command = runCommand([verb, ID, '--server', url, '--agents-dir', agents, ...state], surroundings);
  onTestFinished(async () => void (await command.stop('SIGKILL')));
  return command;
}

const diagnostics = async (url: string) =>
  (await readLog(url))
    .filter(({ data }) => data.event_type === 'file_unreadable' || data.event_type === 'polling')
    .map(({ data }) => `${String(data.level)} ${String(data.source?.path)}: ${String(data.message)}`)
    .toSorted();

describe('what may not be read', () => {
  test('is an error in the log with its remedy, once, however often it is found', async () => {
    const { agents, file } = tree({
      'planner/raw_output.jsonl': LINE,
      'tester/raw_output.jsonl': LINE,
      'reviewer/raw_output.jsonl': LINE,
      'adw_state.json': '{}',
    });
    const { url } = await serverForTest();
    chmodSync(file('tester/raw_output.jsonl'), 0);
    chmodSync(file('adw_state.json'), 0);
    chmodSync(file('reviewer'), 0o600);
    onTestFinished(() => chmodSync(file('reviewer'), 0o700));
    for (const _ of ['first', 'second']) {
      const replay = sidecar('replay', url, agents, { wrap: WITHOUT_OVERRIDE });
      expect({ code: await replay.ended, said: replay.stderr() }).toMatchObject({ code: 0 });
      expect(replay.stderr()).toContain('tester/raw_output.jsonl cannot be read (EACCES)');
    }
    const remedy = 'cannot be read (EACCES). Give the user that watches the right to read it (chmod o+rX).';
    expect(await diagnostics(url)).toEqual([
      `ERROR adw_state.json: adw_state.json ${remedy}`,
      `ERROR reviewer/: reviewer/ ${remedy}`,
      `ERROR tester/raw_output.jsonl: tester/raw_output.jsonl ${remedy}`,
    ]);
  });

  test('is read as soon as it may be', async () => {
    const { agents, file } = tree({ 'planner/raw_output.jsonl': LINE, 'reviewer/raw_output.jsonl': LINE });
    const { url } = await serverForTest();
    chmodSync(file('planner/raw_output.jsonl'), 0);
    chmodSync(file('reviewer'), 0);
    sidecar('watch', url, agents, { wrap: WITHOUT_OVERRIDE });
    await until('both are told of', async () => (await diagnostics(url)).length === 2);
    chmodSync(file('planner/raw_output.jsonl'), 0o600);
    chmodSync(file('reviewer'), 0o700);
    await until('both are read', async () => {
      const read = (await readLog(url)).filter(({ type }) => type === 'session_started');
      return read.length === 2;
    });
  });
});

test.skipIf(!canUnshare)('a run that is polled for want of file system events says so, once it writes', async () => {
  const { agents, file } = tree({ 'planner/raw_output.jsonl': LINE });
  const { url } = await serverForTest();
  const watch = sidecar('watch', url, agents, {
    wrap: `${WITHOUT_WATCHES} sh -c 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$@"' sh`,
  });
  await watch.matched(/polling instead/);
  await until('what was there is read', async () =>
    (await readLog(url)).some(({ type }) => type === 'session_started'),
  );
  expect(await diagnostics(url)).toEqual([]);
  appendFileSync(file('planner/raw_output.jsonl'), LINE);
  const said = await until('the log says so', async () => {
    const found = await diagnostics(url);
    return found.length > 0 && found;
  });
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^WARNING \.: File system events are not available .*fs\.inotify\.max_user_watches/);
});
