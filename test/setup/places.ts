import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives all tests a state directory and one for temporary files: none may write into those of the person that runs them,
 * and what a killed program leaves there goes with them.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'adw-stream-tests-'));
  // Some tests run a program as another user.
  chmodSync(directory, 0o755);
  process.env.XDG_STATE_HOME = join(directory, 'state');
  process.env.TMPDIR = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
