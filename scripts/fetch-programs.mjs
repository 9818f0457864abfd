/**
 * Fetches the agents and runtimes that tests run into their folders below test/, from npm, each once: those of `npm test`, or
 * those that are named, as in `node scripts/fetch-programs.mjs gemini-opencode`. It ends with 1 where npm could not, and says so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const isLinux = process.platform === 'linux';
/** What the tests beside this script run, where they do: runtimes, Pi and Codex on Linux alone. */
const FOLDERS = isLinux ? ['runtimes', 'claude-code', 'pi-codex'] : ['claude-code'];
// By the lock file, as `npm ci`, which refuses one without the packages for machines of other kinds: not every registry has those.
const INSTALL = ['npm', 'install', '--no-save', '--no-audit', '--no-fund'];
/** By itself npm asks a registry that is not there for more than a minute. */
const SOON = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=3000'];
const NPM = [...INSTALL, ...SOON];

const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : FOLDERS)
  fetchInto(fileURLToPath(new URL(`../test/${name}`, import.meta.url)));

function fetchInto(folder) {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  /** The lock file of what is there. */
  const fetched = join(folder, 'node_modules/.fetched-lock.json');
  if (readOrNothing(fetched) === lock) return;
  console.log(`Fetching the programs that tests run into ${folder}, once.`);
  // A test that runs by itself may fetch the same at this moment.
  const [command, ...args] = isLinux ? ['flock', folder, ...NPM] : NPM;
  const { status, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  const missing = status === 0 ? missingIn(folder, JSON.parse(lock)).map(path => `${path} is not there.`) : [];
  if (status === 0 && missing.length === 0) return writeFileSync(fetched, lock);
  const why = status === 0 ? missing.join('\n') : (error?.message ?? stderr);
  const again = ['node scripts/fetch-programs.mjs', ...asked].join(' ');
  console.error(
    `${why}\nnpm could not fetch programs that tests run. Run this once, with a way to npm's registry or a copy of it; they stay ` +
      `in test/:\n\n    ${again}\n`,
  );
  process.exit(1);
}

/** What the lock file names for machines like this. Such packages are optional, and npm says nothing where it cannot get them. */
function missingIn(folder, { packages }) {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  const names = (what, mine) => [what].flat().includes(mine);
  const fits = ({ os, cpu, libc: of = libc }) =>
    names(os, process.platform) && names(cpu, process.arch) && names(of, libc);
  return Object.keys(packages).filter(path => fits(packages[path]) && !existsSync(join(folder, path)));
}

function readOrNothing(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
