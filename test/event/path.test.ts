import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafePath, requireSafePath, shownPath } from '../../src/event/path.ts';

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

describe('a posted path as it is shown', () => {
  it.each([
    ['/home/jo/shop/agents/1a2b3c4d/reviewer/review_img/a.png', 'reviewer/review_img/a.png'],
    ['/home/jo/shop/specs/issue-1-plan.md', 'specs/issue-1-plan.md'],
    ['/Users/jo/shop/trees/1a2b3c4d/src/a.ts', 'trees/1a2b3c4d/src/a.ts'],
    ['/home/jo/notes.md', '~/notes.md'],
    ['/root/.ssh/id', '~/.ssh/id'],
    ['C:\\Users\\jo\\shop\\src\\a.ts', '~/shop/src/a.ts'],
    ['/etc/passwd', 'etc/passwd'],
    ['/var/lib/app/data/x/y.db', '…/data/x/y.db'],
    ['../../etc/passwd', 'etc/passwd'],
    ['/home/jo/a/../../kim/x', '~/x'],
    ['src/a.ts', 'src/a.ts'],
    ['./src/../lib/b.ts', 'lib/b.ts'],
  ])('%s is %s', (posted, shown) => {
    expect(shownPath(posted)).toBe(shown);
  });

  it('is never absolute and never leads upwards', () => {
    const segments = fc.array(
      fc.constantFrom('home', 'jo', 'Users', 'root', '..', '.', '', 'agents', 'specs', 'a b', 'C:'),
    );
    fc.assert(
      fc.property(segments, fc.constantFrom('/', '\\'), fc.constantFrom('', '/', 'C:\\'), (parts, separator, begin) => {
        const shown = shownPath(begin + parts.join(separator));
        expect(shown.split('/')).not.toContain('..');
        expect(shown).not.toMatch(/^(?:[/\\\\]|[A-Za-z]:[/\\\\])/);
      }),
    );
  });
});
