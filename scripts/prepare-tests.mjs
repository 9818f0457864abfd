/**
 * The step of `npm test` before the suite: installs what the tests drive and this machine lacks, on Debian as root or with
 * a sudo that asks nothing. Where it may not, it names the one command to run and ends with 1, before any test.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Each is the name of a command and of its Debian package. */
const PROGRAMS = ['chromium-headless-shell', 'nats-server', 'python3', 'tmux', 'curl', 'openssl', 'zsh', 'fish'];

/** What does where a program cannot be installed: the whole browser takes twice as long to draw a page. */
const STAND_INS = { 'chromium-headless-shell': 'chromium' };

/** Prints the path of a nats-server that may replicate the log, and fetches it, as any user, where it is missing. */
const NEWER_NATS_SERVER = fileURLToPath(new URL('../.ci/newer-nats-server', import.meta.url));

// Debian has nats-server in /usr/sbin, which a user's PATH leaves out; test/setup/environment.ts adds it in the same way.
process.env.PATH = [process.env.PATH, '/usr/local/sbin', '/usr/sbin'].join(delimiter);

const missing = PROGRAMS.filter(name => !isInstalled(name));
if (missing.length > 0) install(missing);
const newer = spawnSync(NEWER_NATS_SERVER, { stdio: ['ignore', 'ignore', 'inherit'] });
if (newer.status !== 0)
  fail('The tests of a cluster want a newer nats-server than this machine has.', '.ci/newer-nats-server');

function isInstalled(name) {
  return process.env.PATH.split(delimiter).some(directory => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function install(names) {
  const what = `The tests drive programs that this machine lacks: ${names.join(', ')}.`;
  const packages = ['install', '--yes', '--quiet', '--no-install-recommends', ...names];
  const byHand = `sudo apt-get update && sudo apt-get ${packages.join(' ')}`;
  const isDispensable = names.every(name => name in STAND_INS && isInstalled(STAND_INS[name]));
  const root = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const asRoot = (...command) => spawnSync(...split([...root, ...command]), { stdio: 'ignore' }).status === 0;
  if (!isInstalled('apt-get') || !asRoot('true')) {
    if (isDispensable) return;
    fail(what, byHand);
  }
  console.log(`${what}\nInstalling them: ${[...root, 'apt-get', ...packages].join(' ')}`);
  const apt = (...args) => {
    const env = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    // On stderr, as all that is told of progress.
    return spawnSync(...split([...root, ...env]), { stdio: ['ignore', 2, 2] }).status === 0;
  };
  if (apt('update', '--quiet') && apt(...packages) && names.every(isInstalled)) return;
  if (!isDispensable) fail(what, byHand);
}

function split([command, ...args]) {
  return [command, args];
}

function fail(what, command) {
  console.error(`${what} No test was run. Install them once with\n\n    ${command}\n\nand run npm test again.`);
  process.exit(1);
}
