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
  const lock = (packages: object) => writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  lock({});
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
  lock({ 'node_modules/agent': { version: '2.0.0' } });
  expect(fetch()).toEqual({ code: 0, stdout: said, stderr: '', calls: 2 });
});

test('what npm leaves out without a word, though it is for this machine, is told as well', () => {
  const { folder, lock, fetch } = projectWithNpm('exit 0');
  const [os, cpu] = [process.platform, process.arch];
  lock({
    'node_modules/agent-here': { os: [os], cpu: [cpu], optional: true },
    'node_modules/agent-elsewhere': { os: ['beos'], cpu: [cpu], optional: true },
  });
  expect(fetch()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^node_modules\/agent-here is not there\.$/m),
  });
  expect(fetch().stderr).not.toContain('elsewhere');
  mkdirSync(join(folder, 'node_modules/agent-here'));
  expect(fetch()).toMatchObject({ code: 0, stderr: '' });
});

test('where npm cannot fetch them, the one command to run is named, and they are fetched the next time', () => {
  const { fetch } = projectWithNpm('echo "no way to the registry" >&2; exit 1');
  const { code, stderr } = fetch();
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no way to the registry') });
  expect(stderr).toMatch(/^ {4}node scripts\/fetch-programs\.mjs agent$/m);
  expect(fetch()).toMatchObject({ code: 1, calls: 2 });
});
