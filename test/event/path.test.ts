import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafePath, requireSafePath } from '../../src/event/path.ts';

describe('a path of the wire', () => {
  it.each([
    'specs/plan.md',
    'a',
    'a/b/c.png',
    'build-./raw_output.jsonl',
    'name with spaces.png',
    'ünï/日本.md',
    '..a/b..',
  ])('may be %s', path => {
    expect(isSafePath(path)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../b',
    'a/..',
    './a',
    'a//b',
    'a/',
    'a\\b',
    '..\\x',
    'C:\\x',
    'C:/x',
    'c:x',
    'a\0b',
    'a\nb',
    '%2e%2e/x',
    'a%2Fb',
    'a%5cb',
    'a%00',
    '\\\\server\\share',
  ])('may not be %j', path => {
    expect(isSafePath(path)).toBe(false);
    expect(() => requireSafePath(path)).toThrow(expect.objectContaining({ code: 'invalid_path' }));
  });

  it('never leaves the directory that it is joined to', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '..', '.', '', '/', '\\', '%2e', 'C:')), parts => {
        const path = parts.join('/');
        if (!isSafePath(path)) return;
        expect(new URL(path, 'file:///root/inner/').pathname.startsWith('/root/inner/')).toBe(true);
      }),
    );
  });
});
