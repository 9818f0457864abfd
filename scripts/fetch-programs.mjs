/**
 * Fetches the agents and runtimes that tests run into their folders below test/, from npm, each once: those of `npm test`, or
 * those that are named, as in `node scripts/fetch-programs.mjs gemini-opencode`. It ends with 1 where npm could not, and says so.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const isLinux = process.platform === 'linux';
/** What the tests beside this script run, where they do: runtimes, Pi and Codex on Linux alone. */
const FOLDERS = isLinux ? ['runtimes', 'claude-code', 'pi-codex'] : ['claude-code'];
// By the lock file, as `npm ci`, which refuses one without the packages for machines of other kinds: not every registry has those.
const NPM = ['npm', 'install', '--no-save', '--no-audit', '--no-fund'];

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
  if (status === 0) return writeFileSync(fetched, lock);
  console.error(
    `npm could not fetch programs that tests run. Run \`npm install --no-save\` in ${folder} once, with a way to npm's registry ` +
      `or a copy of it; they stay there.\n${error?.message ?? stderr}`,
  );
  process.exit(1);
}

function readOrNothing(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
