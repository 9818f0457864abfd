import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../source-files.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const SCRIPT = join(ROOT, 'scripts/prepare-tests.mjs');
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** A machine with little more on its PATH than a Debian always has, and an apt-get that installs empty programs. */
function bareMachine() {
  const place = temporaryDirectory();
  chmodSync(place, 0o777);
  for (const name of ['bash', 'sh', 'env', 'id', 'sed', 'sort', 'head', 'dirname', 'touch', 'chmod', 'true'])
    symlinkSync(join('/usr/bin', name), join(place, name));
  const add = (name: string, script: string) => {
    writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(place, name), 0o755);
  };
  const calls = join(place, 'calls');
  // New enough for clusters: nothing is fetched.
  add('nats-server', 'echo nats-server: v2.99.0');
  add(
    'apt-get',
    `echo "$@" >> ${calls}; for word; do case $word in install|update|-*) ;; *) touch ${place}/$word; chmod +x ${place}/$word;; esac; done`,
  );
  const prepare = (uid?: number) => {
    const env = { PATH: place, HOME: place };
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { env, uid, cwd: '/', encoding: 'utf8' });
    return { code: status, stdout, stderr, installed: existsSync(calls) ? readFileSync(calls, 'utf8') : '' };
  };
  return { place, add, prepare };
}

test.runIf(isRoot)('as root, what the tests drive and this machine lacks is installed, and said', () => {
  const { prepare } = bareMachine();
  const { code, stdout, installed } = prepare();
  expect(stdout).toContain('The tests drive programs that this machine lacks: chromium-headless-shell,');
  expect(installed).toMatch(/^update --quiet\ninstall .*--no-install-recommends chromium-headless-shell .*zsh fish\n$/);
  expect(code).toBe(0);
  // What is there is not installed again.
  expect(prepare()).toMatchObject({ code: 0, stdout: '', installed });
});

test('a user with a sudo that asks nothing installs with it', () => {
  const { add, prepare } = bareMachine();
  add('sudo', 'shift; exec "$@"');
  const { stdout, code } = prepare(isRoot ? NOBODY : undefined);
  expect(stdout).toContain('sudo --non-interactive apt-get install');
  expect(code).toBe(0);
});

test.each([
  ['no sudo', undefined],
  ['a sudo that asks for a password', 'echo "a password is required" >&2; exit 1'],
])('a user with %s is told the one command to run, before any test', (_what, sudo) => {
  const { add, prepare } = bareMachine();
  if (sudo !== undefined) add('sudo', sudo);
  const { code, stderr, installed } = prepare(isRoot ? NOBODY : undefined);
  expect(stderr).toMatch(
    /lacks: chromium-headless-shell, .*No test was run\. Install them once with\n\n {4}sudo apt-get update && sudo apt-get install .* fish\n\n/s,
  );
  expect({ code, installed }).toEqual({ code: 1, installed: '' });
});

test('a user with a whole Chromium goes on with that, where the quicker one may not be installed', () => {
  const { add, prepare } = bareMachine();
  for (const name of ['chromium', 'python3', 'tmux', 'curl', 'openssl', 'zsh', 'fish']) add(name, '');
  expect(prepare(isRoot ? NOBODY : undefined)).toEqual({ code: 0, stdout: '', stderr: '', installed: '' });
});
