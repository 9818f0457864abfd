import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ansiRuns } from '../../../dashboard/src/base/ansi.ts';

const textOf = (text: string) =>
  ansiRuns(text)
    .map(run => run.text)
    .join('');

test('colours and weights become classes', () => {
  expect(ansiRuns('a\u001b[1;31mb\u001b[0mc')).toEqual([
    { text: 'a', class: '' },
    { text: 'b', class: 'ansi-1 ansi-bold' },
    { text: 'c', class: '' },
  ]);
  expect(ansiRuns('\u001b[38;5;2mx')[0]?.class).toBe('ansi-2');
  expect(ansiRuns('\u001b[38;2;1;2;3mx\u001b[4my').map(run => run.class)).toEqual(['', 'ansi-underline']);
});

test('what a style has behind colons belongs to it', () => {
  const classes = (text: string) => ansiRuns(text).map(run => [run.text, run.class]);
  expect(classes('\u001b[4:3ma\u001b[4:0mb')).toEqual([
    ['a', 'ansi-underline'],
    ['b', ''],
  ]);
  expect(classes('\u001b[38:2::255:0:0;1ma\u001b[38:5:2mb')).toEqual([
    ['a', 'ansi-bold'],
    ['b', 'ansi-2 ansi-bold'],
  ]);
});

test('what moves a cursor or names a window is taken out', () => {
  expect(textOf('a\u001b]0;title\u0007b\u001b[2Jc\u001b[1;1Hd\u001b(Be\u001b[>4;2mf')).toBe('abcdef');
});

test('a line that was drawn over shows what came last', () => {
  expect(textOf('10 %\r50 %\rdone\nnext\r\r\nlast')).toBe('done\nnext\nlast');
});

test('a long line is looked at once', () => {
  const line = 'x'.repeat(200_000);
  const before = process.cpuUsage();
  expect(textOf(line).length).toBe(line.length);
  // Looked at again for each character it would be minutes.
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});

test('no escape survives, whatever the input', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('\u001b[', '\u001b]', '\u001b', '\u0007', '31m', ';', '\u009b', 'X'),
  );
  fc.assert(
    fc.property(fc.array(piece), pieces => void expect(textOf(pieces.join(''))).not.toMatch(/[\u001b\u0007\u009b]/)),
  );
});
