import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedLines, withoutStayed } from '../../src/adw/changed-lines.ts';
import { eventWords } from '../../src/adw/event-words.ts';

const diffOf = (...rows: string[]) => ['--- a/x', '+++ b/x', '@@ -1,2 +1,3 @@', ...rows].join('\n');

test('a last line behind which only a newline came is neither removed nor added', () => {
  const diff = diffOf(
    ' a',
    '-b',
    '-c',
    '\\ No newline at end of file',
    '+B',
    '+c',
    '+d',
    '\\ No newline at end of file',
  );
  const data = { diff: diffOf('-c', '\\ No newline at end of file', '+c', '+d'), lines_added: 2, lines_removed: 1 };
  expect(changedLines(data)).toEqual({ added: 1, removed: 0 });
  expect(withoutStayed(data.diff)).toBe(diffOf(' c', '+d', '\\ No newline at end of file'));
  // Nothing at the ends is the same here.
  expect(withoutStayed(diff)).toBe(diff);
});

test('an edit that repeats what stands around the change counts the change, in words too', () => {
  const data = {
    diff: diffOf('-a', '-b', '-c', '+a', '+B', '+b2', '+c'),
    lines_added: 4,
    lines_removed: 3,
    summary: 'modified x (+4 −3)',
  };
  expect(changedLines(data)).toEqual({ added: 2, removed: 1 });
  expect(withoutStayed(data.diff)).toBe(diffOf(' a', '-b', '+B', '+b2', ' c'));
  expect(eventWords('file_changed', data)).toBe('modified x (+2 −1)');
});

test('what the log holds the beginning of, or does not count, stays as it is said', () => {
  const told = { diff: diffOf('-a', '+a'), lines_added: 90, lines_removed: 70, truncated: true };
  expect(changedLines(told)).toEqual({ added: 90, removed: 70 });
  expect(changedLines({ diff: diffOf('-a', '+a'), lines_added: null })).toEqual({
    added: undefined,
    removed: undefined,
  });
  expect(withoutStayed('')).toBe('');
  expect(withoutStayed('Binary files differ')).toBe('Binary files differ');
});

test('both sides of a diff stay what they were', () => {
  const row = fc
    .tuple(fc.constantFrom(' ', '-', '+'), fc.constantFrom('a', 'b', '-', '+'))
    .map(parts => parts.join(''));
  const side = (diff: string, mark: string) =>
    diff
      .split('\n')
      .slice(3)
      .filter(one => one[0] === mark || one[0] === ' ')
      .map(one => one.slice(1));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), rows => {
      const diff = diffOf(...rows);
      for (const mark of ['-', '+']) expect(side(withoutStayed(diff), mark)).toEqual(side(diff, mark));
    }),
  );
});
