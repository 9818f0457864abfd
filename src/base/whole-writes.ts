import { closeSync, fstatSync, fsyncSync, ftruncateSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { openOwnFile } from './own-file.ts';

/**
 * Replaces a file's content so that a reader, or we after a crash, see the old content or the new and nothing between:
 * a temporary file beside it, fsync, rename. A crash before the rename leaves the old file and a `.tmp` that the next
 * write removes. A link in the place of either is replaced, never followed.
 * @param options.durable false: no fsync, which on a busy disk takes seconds in which nothing else is done. After a power
 * cut the file may then be torn
 * @throws the system error (ENOSPC, EACCES, …); the old file is then untouched
 */
export function writeFileAtomic(path: string, content: string, { durable }: { durable: boolean }): void {
  const temporary = `${path}.tmp`;
  rmSync(temporary, { force: true });
  const fd = openOwnFile(temporary, 'create');
  try {
    writeFileSync(fd, content);
    if (durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/**
 * Appends all of `content` or, when the disk is full half-way, nothing: what is appended next must not be glued to half a
 * line. The file is made when it is not there.
 * @throws the system error (ENOSPC, EACCES, …) or that of {@link openOwnFile}; the file is then as it was
 */
export function appendWhole(path: string, content: string): void {
  const fd = openOwnFile(path, 'append');
  try {
    const { size } = fstatSync(fd);
    try {
      writeFileSync(fd, content);
    } catch (error) {
      ftruncateSync(fd, size);
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}
