import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../source-files.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A project whose tests run one program, and an npm that does what the given script does. */
function projectWithNpm(npm: string) {
  const place = temporaryDirectory();
  const folder = join(place, 'test/agent');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  mkdirSync(join(place, 'scripts'));
  copyFileSync(join(ROOT, 'scripts/fetch-programs.mjs'), join(place, 'scripts/fetch-programs.mjs'));
  const lock = (version: string) => writeFileSync(join(folder, 'package-lock.json'), version);
  lock('1.0.0');
  writeFileSync(join(place, 'npm'), `#!/bin/sh\necho "$@" >> ${place}/calls; ${npm}\n`);
  chmodSync(join(place, 'npm'), 0o755);
  const fetch = () => {
    const env = { PATH: `${place}:${process.env.PATH}` };
    const args = [join(place, 'scripts/fetch-programs.mjs'), 'agent'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    const calls = existsSync(join(place, 'calls')) ? readFileSync(join(place, 'calls'), 'utf8').trim().split('\n') : [];
    return { code: status, stdout, stderr, calls: calls.length };
  };
  return { folder, lock, fetch };
}

test('programs that tests run are fetched once, and again when the lock file names others', () => {
  const { folder, lock, fetch } = projectWithNpm('exit 0');
  const said = `Fetching the programs that tests run into ${folder}, once.\n`;
  expect(fetch()).toEqual({ code: 0, stdout: said, stderr: '', calls: 1 });
  expect(fetch()).toEqual({ code: 0, stdout: '', stderr: '', calls: 1 });
  lock('2.0.0');
  expect(fetch()).toEqual({ code: 0, stdout: said, stderr: '', calls: 2 });
});

test('where npm cannot fetch them, the one command to run is named, and they are fetched the next time', () => {
  const { folder, fetch } = projectWithNpm('echo "no way to the registry" >&2; exit 1');
  const { code, stderr } = fetch();
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no way to the registry') });
  expect(stderr).toContain(`Run \`npm install --no-save\` in ${folder} once`);
  expect(fetch()).toMatchObject({ code: 1, calls: 2 });
});
