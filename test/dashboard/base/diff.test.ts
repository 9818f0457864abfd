import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffTexts, parseDiff } from '../../../dashboard/src/base/diff.ts';

test('lines are numbered on both sides', () => {
  const rows = parseDiff('--- a/x\n+++ b/x\n@@ -3,2 +3,3 @@\n same\n-old\n+new\n+more');
  expect(rows.map(({ kind, before, after }) => [kind, before, after])).toEqual([
    ['hunk', undefined, undefined],
    ['same', 3, 3],
    ['del', 4, undefined],
    ['add', undefined, 4],
    ['add', undefined, 5],
  ]);
});

test('a changed line may begin with what the names of the files begin with', () => {
  const changes = '@@ -1,2 +1 @@\n--- drop table\n---\n+++ counter';
  const one = `--- a/x\n+++ b/x\n${changes}`;
  const texts = (diff: string) =>
    parseDiff(diff)
      .filter(({ kind }) => kind === 'add' || kind === 'del')
      .map(({ kind, text }) => `${kind} ${text}`);
  const expected = ['del -- drop table', 'del --', 'add ++ counter'];
  expect(texts(one)).toEqual(expected);
  expect(texts(`diff --git a/x b/x\n${one}\ndiff --git a/x b/x\n${one}`)).toEqual([...expected, ...expected]);
});

test('of a line that replaced a line, the part that differs is marked', () => {
  const [, del, add] = parseDiff('@@ -1 +1 @@\n-const a = 1;\n+const a = 25;');
  expect(del?.text.slice(...(del.changed ?? []))).toBe('1');
  expect(add?.text.slice(...(add.changed ?? []))).toBe('25');
});

test('no half of a character is marked', () => {
  const marked = (before: string, after: string) =>
    parseDiff(`@@ -1 +1 @@\n-${before}\n+${after}`).map(({ text, changed }) => changed && text.slice(...changed));
  // The first two share their first half, the last two their second.
  expect(marked('icon 😀 here', 'icon 😁 here')).toEqual([undefined, '😀', '😁']);
  expect(marked('icon 😀 here', 'icon 🨀 here')).toEqual([undefined, '😀', '🨀']);
});

test('of any two texts, the removed and the added lines are what differs', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const rows = parseDiff(diffTexts(before.join('\n'), after.join('\n')));
      const added = rows.filter(row => row.kind === 'add').length;
      const removed = rows.filter(row => row.kind === 'del').length;
      const size = (list: string[]) => Math.max(1, list.length);
      expect(added - removed).toBe(size(after) - size(before));
      if (before.join('\n') === after.join('\n')) expect(added + removed).toBe(0);
    }),
  );
});

test('a newline at the end makes no line another one', () => {
  const kinds = (before: string, after: string) => parseDiff(diffTexts(before, after)).map(({ kind }) => kind);
  expect(kinds('a\nb\n', 'a\nB\nc')).toEqual(['hunk', 'same', 'del', 'add', 'add']);
  expect(kinds('a\nb', 'a\nb\nc\n')).toEqual(['hunk', 'same', 'same', 'add']);
  // The only difference is one.
  expect(kinds('a\nb', 'a\nb\n')).toEqual(['hunk', 'same', 'same', 'add']);
  const told = '@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c';
  expect(parseDiff(told).map(({ kind }) => kind)).toEqual(['hunk', 'same', 'same', 'add', 'note']);
});

test('changes that lie far apart are hunks of their own, each with its place', () => {
  const before = Array.from({ length: 40 }, (_, line) => `line ${line + 1}`);
  const after = before.map(line => (line === 'line 5' || line === 'line 30' ? `${line} changed` : line));
  const rows = parseDiff(diffTexts(before.join('\n'), after.join('\n')));
  expect(rows.filter(({ kind }) => kind === 'hunk').map(({ text }) => text)).toEqual([
    '@@ -2,7 +2,7 @@',
    '@@ -27,7 +27,7 @@',
  ]);
  expect(rows.find(({ kind }) => kind === 'add')).toMatchObject({ after: 5, text: 'line 5 changed' });
});

test('texts that have nothing in common are one in place of the other', () => {
  const text = (word: string) => Array.from({ length: 3_000 }, (_, line) => `${word} ${line}`).join('\n');
  const kinds = parseDiff(diffTexts(text('old'), text('new'))).map(({ kind }) => kind);
  expect(kinds).toEqual(['hunk', ...Array(3_000).fill('del'), ...Array(3_000).fill('add')]);
});
