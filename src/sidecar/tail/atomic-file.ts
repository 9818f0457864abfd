import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * Replaces a file's content so that a reader, or we after a crash, see the old content or the new and nothing between:
 * a temporary file beside it, fsync, rename. A crash before the rename leaves the old file and a `.tmp` that the next
 * write overwrites.
 * @throws the system error (ENOSPC, EACCES, …); the old file is then untouched
 */
export function writeFileAtomic(path: string, content: string): void {
  const temporary = `${path}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}
