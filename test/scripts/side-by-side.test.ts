import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../source-files.ts';
import { isAlive } from '../support/is-alive.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const SCRIPT = join(ROOT, 'scripts/side-by-side.mjs');

/** A command that runs on with a process of its own, as the scripts of npm do, and the ids of both once they run. */
function lasting() {
  const file = join(temporaryDirectory(), 'ids');
  const ids = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split(/\s+/).map(Number) : []);
  return { command: `sleep 600 & echo $$ $! > ${file}; wait`, file, ids };
}

const untilGone = (ids: readonly number[]) => until('none of them is left', () => !ids.some(isAlive));

test('ends when all commands have, and with 0 where all did', () => {
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, 'echo one', 'sleep 0.1; echo two'], {
    encoding: 'utf8',
  });
  expect([status, stdout.trim().split('\n').toSorted()]).toEqual([0, ['one', 'two']]);
});

test('a command that fails ends the others at once, with what they have started', async () => {
  const [one, other] = [lasting(), lasting()];
  const fails = `until [ -s ${one.file} ] && [ -s ${other.file} ]; do sleep 0.05; done; echo why >&2; exit 3`;
  const nested = `node ${SCRIPT} "${other.command.replaceAll('$', '\\$')}"`;
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, one.command, nested, fails], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 3, stderr: 'why\n' });
  const ids = [...one.ids(), ...other.ids()];
  expect(ids).toHaveLength(4);
  await untilGone(ids);
});

test('a signal ends the commands, with what they have started', async () => {
  const { command, ids } = lasting();
  const running = spawn(process.execPath, [SCRIPT, command], { stdio: 'ignore' });
  const ended = new Promise<unknown>(resolve => running.once('exit', resolve));
  await until('the command runs', () => ids().length === 2);
  running.kill('SIGINT');
  expect(await ended).toBe(1);
  await untilGone(ids());
});
