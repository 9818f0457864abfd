import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * Replaces a file's content so that a reader, or we after a crash, see the old content or the new and nothing between:
 * a temporary file beside it, fsync, rename. A crash before the rename leaves the old file and a `.tmp` that the next
 * write overwrites.
 * @param options.durable false: no fsync, which on a busy disk takes seconds in which nothing else is done. After a power
 * cut the file may then be torn
 * @throws the system error (ENOSPC, EACCES, …); the old file is then untouched
 */
export function writeFileAtomic(path: string, content: string, { durable }: { durable: boolean }): void {
  const temporary = `${path}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, content);
    if (durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}
