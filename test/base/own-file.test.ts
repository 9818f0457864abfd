import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkOwnDirectory, openOwnFile, readOwnFile } from '../../src/base/own-file.ts';
import { appendWhole, writeFileAtomic } from '../../src/base/whole-writes.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A file of the user's that must stay as it is, and a path where something else leads to it. */
function victim() {
  const root = temporaryDirectory();
  const file = join(root, 'bashrc');
  writeFileSync(file, 'mine\n');
  return { file, path: join(root, 'abcd1234.journal') };
}

describe('a file of ours', () => {
  it('is made for its owner alone, appended to and replaced', () => {
    const path = join(temporaryDirectory(), 'file');
    appendWhole(path, 'one\n');
    appendWhole(path, 'two\n');
    expect(readOwnFile(path).toString()).toBe('one\ntwo\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    closeSync(openOwnFile(path, 'replace'));
    expect(readOwnFile(path)).toHaveLength(0);
    expect(() => openOwnFile(path, 'create')).toThrow('EEXIST');
  });

  it.each(['read', 'append', 'replace'] as const)('is not opened to %s through a link or a second name', access => {
    const { file, path } = victim();
    symlinkSync(file, path);
    expect(() => openOwnFile(path, access)).toThrow(`${path} is a link`);
    linkSync(file, `${path}.1`);
    expect(() => openOwnFile(`${path}.1`, access)).toThrow('second name');
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
  });

  it.each(['read', 'append', 'replace'] as const)('does not wait to %s where a FIFO or a device lies', access => {
    const { path } = victim();
    execFileSync('mkfifo', [path]);
    expect(() => openOwnFile(path, access)).toThrow('no regular file');
    expect(() => openOwnFile('/dev/null', access)).toThrow('no regular file');
  });

  it('is replaced where a link lies, and what the link leads to stays', () => {
    const { file, path } = victim();
    symlinkSync(file, path);
    symlinkSync(file, `${path}.tmp`);
    writeFileAtomic(path, 'ours', { durable: false });
    expect([readFileSync(file, 'utf8'), readOwnFile(path).toString()]).toEqual(['mine\n', 'ours']);
  });

  it('is not opened where it belongs to another user', () => {
    const { file } = victim();
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) chownSync(file, 12345, 12345);
    expect(() => openOwnFile(isRoot ? file : '/etc/passwd', 'read')).toThrow('belongs to another user');
  });
});

describe('a directory of ours', () => {
  it('is no link, no file, and may not be written by others', () => {
    const root = temporaryDirectory();
    const directory = join(root, 'state');
    mkdirSync(directory, { mode: 0o755 });
    checkOwnDirectory(directory);
    symlinkSync(directory, join(root, 'link'));
    writeFileSync(join(root, 'file'), '');
    expect(() => checkOwnDirectory(join(root, 'link'))).toThrow('is a link');
    expect(() => checkOwnDirectory(join(root, 'file'))).toThrow('is no directory');
    chmodSync(directory, 0o775);
    expect(() => checkOwnDirectory(directory)).toThrow('may be written by other users');
  });
});
