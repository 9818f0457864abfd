import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all tests a state directory of their own: none may write into that of whoever runs them. */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'adw-stream-state-'));
  process.env.XDG_STATE_HOME = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
