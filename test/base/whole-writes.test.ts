import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendWhole, writeFileAtomic } from '../../src/base/whole-writes.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Runs what writes files while none of this process's may grow beyond `bytes`: as on a full disk, part of a write succeeds. */
function withFilesUpTo(bytes: number, write: () => void): void {
  const limit = (to: number | string) => execFileSync('prlimit', [`--fsize=${to}:`, '--pid', String(process.pid)]);
  limit(bytes);
  try {
    write();
  } finally {
    limit('unlimited');
  }
}

describe('when only a part of it can be written', () => {
  it('a file that would be replaced is as it was', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileAtomic(path, 'old', { durable: false });
    withFilesUpTo(10, () => {
      expect(() => writeFileAtomic(path, 'n'.repeat(20), { durable: false })).toThrow('EFBIG');
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
    writeFileAtomic(path, 'new', { durable: true });
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('nothing is appended', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, 'one\n');
    withFilesUpTo(10, () => {
      expect(() => appendWhole(path, `${'t'.repeat(20)}\n`)).toThrow('EFBIG');
    });
    appendWhole(path, 'three\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nthree\n');
  });
});
