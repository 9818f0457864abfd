import { describe, expect, it } from 'vitest';
import { displayPath } from '../../src/adw/path.ts';

describe('a path in an event', () => {
  it.each([
    ['/repo/src/a.ts', 'src/a.ts'],
    ['/repo/trees/x/src/a.ts', 'src/a.ts'],
    ['/repo', '.'],
    ['/repository/a.ts', '/repository/a.ts'],
    ['./src/a.ts', 'src/a.ts'],
    ['/home/me/.claude/settings.json', '~/.claude/settings.json'],
    ['/Users/someone/notes.md', '~/notes.md'],
    ['/tmp/x', '/tmp/x'],
    ['C:\\Users\\someone\\a.ts', '~/a.ts'],
    ['D:\\data\\a.ts', 'D:/data/a.ts'],
    ['odd\\name.txt', 'odd\\name.txt'],
  ])('%s is shown as %s', (path, shown) => {
    expect(displayPath(path, { bases: ['/repo', '/repo/trees/x'], home: '/home/me' })).toBe(shown);
  });

  it('is relative on Windows whatever the case of the drive, with forward slashes', () => {
    const places = { bases: ['C:\\Users\\dev\\shop\\'] };
    expect(displayPath('c:\\users\\dev\\shop\\src\\a.ts', places)).toBe('src/a.ts');
    expect(displayPath('src\\a.ts', places)).toBe('src/a.ts');
  });
});
