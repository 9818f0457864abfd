import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of the running test's own, removed when it has finished. Absolute, without symbolic links. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'adw-stream-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
