import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../source-files.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { markedProcesses, markProcesses } from './survivors.ts';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const PROGRAMS = 'test/programs/leaving';

/** Runs test files that fail, and tells which processes they started. */
async function failing(file: string) {
  const left = join(temporaryDirectory(), 'left');
  const mark = markProcesses();
  const args = [VITEST, 'run', '--config', `${PROGRAMS}/vitest.config.ts`, file];
  const run = promisify(execFile)(process.execPath, args, { cwd: ROOT, env: { ...process.env, LEFT_FILE: left } });
  const { code, stdout, stderr } = (await run.catch((error: unknown) => error)) as Record<string, unknown>;
  const started = readFileSync(left, 'utf8').trim().split('\n').map(Number);
  return { code, said: `${stdout}${stderr}`, started, running: markedProcesses(mark) };
}

test.each([
  ['failing.ts', 4, '3 failed'],
  ['crashing.ts', 1, 'Worker'],
])('%s leaves none of the %i processes that it started', async (file, count, said) => {
  const run = await failing(file);
  expect(run).toMatchObject({ code: 1, said: expect.stringContaining(said), running: [] });
  expect(new Set(run.started).size).toBe(count);
});
