import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/base/make-directory.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('making a directory', () => {
  it('makes its parents too, for us alone, and takes one that is there', () => {
    const root = temporaryDirectory();
    const path = join(root, 'a', 'b', 'c');
    makeDirectory(path);
    makeDirectory(path);
    for (const made of [path, join(root, 'a')]) expect(statSync(made).mode & 0o777).toBe(0o700);
  });

  it('fails below a file, on one, and where a link leads nowhere', () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'gone'), join(root, 'link'));
    expect(() => makeDirectory(join(root, 'file', 'x', 'y'))).toThrow('ENOTDIR');
    for (const path of ['file', 'link', join('link', 'below')])
      expect(() => makeDirectory(join(root, path))).toThrow('EEXIST');
  });
});
