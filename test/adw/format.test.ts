import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatCost, formatDuration, formatTokens, oneLine, stripControl } from '../../src/adw/format.ts';

describe('numbers for a person', () => {
  test.each([
    [-5, '0.0s'],
    [240, '0.2s'],
    [9_999, '9.9s'],
    [42_400, '42s'],
    [192_000, '3:12'],
    [3_723_000, '1:02:03'],
    [27_463_000_000, '7,628 h'],
  ])('a duration of %i ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test.each([
    [0, '$0.00'],
    [0.000_000_175, '$0.0000002'],
    [0.000_175, '$0.0002'],
    [0.004, '$0.004'],
    [1.844, '$1.84'],
    [999.999, '$1,000.00'],
    [11_231.836, '$11,231.84'],
  ])('%d dollars are %s', (usd, text) => expect(formatCost(usd)).toBe(text));

  test.each([
    [812, '812'],
    [41_230, '41.2k'],
    [99_950, '100k'],
    [412_400, '412k'],
    [999_499, '999k'],
    [1_250_000, '1.25M'],
    [16_310_000_000, '16.3B'],
  ])('%i tokens are %s', (count, text) => expect(formatTokens(count)).toBe(text));

  test.each([
    [118, '118 B'],
    [1536, '1.5 KiB'],
    [2_400_000, '2.3 MiB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('untrusted text', () => {
  test.each([
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['a title', '\u001b]0;pwned\u0007text', 'text'],
    ['a link', '\u001b]8;;http://x\u001b\\label\u001b]8;;\u001b\\', 'label'],
    ['a device control string', '\u001bPq#0\u001b\\after', 'after'],
    ['C1 forms', '\u009b31mred\u009d0;t\u009cok', 'redok'],
    ['a cut sequence', 'a\u001b[3', 'a'],
    ['a bell', 'a\u0007b', 'ab'],
    ['a return, and glues nothing together', '10 %\r20 %\r\ndone\u2028.', '10 %\n20 %\ndone\n.'],
  ])('loses %s', (_, text, clean) => expect(stripControl(text)).toBe(clean));

  test.each([
    ['a right-to-left override', 'safe\u202etxt.exe', 'safe[U+202E]txt.exe'],
    ['a mark beside an escape', '\u001b[31m\u200fred\u001b[0m', '[U+200F]red'],
    ['a space without width', 'rm\u200b -rf', 'rm[U+200B] -rf'],
    ['a joiner in a word of ASCII', 'pass\u200dword', 'pass[U+200D]word'],
    ['letters that are tags', 'hi\u{e0041}', 'hi[U+E0041]'],
  ])('says %s by its number', (_, text, said) => expect(stripControl(text)).toBe(said));

  test('keeps tab, newline and everything that is only text', () => {
    for (const text of ['a\tb\nไทย 🧠 é', 'a family 👩‍👩‍👧, می‌خواهم']) expect(stripControl(text)).toBe(text);
  });

  test('never holds a control character afterwards, whatever it was', () => {
    const nasty = fc.string({
      unit: fc.oneof(fc.constantFrom('\u001b', '[', ']', '\u0007', '\u009b', 'm', '\\', '\u202e'), fc.string()),
    });
    fc.assert(
      fc.property(nasty, text => {
        expect(stripControl(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });

  test('fits on one line', () => {
    expect(oneLine('  a\n\n b ')).toBe('a b');
    expect(oneLine('x'.repeat(300), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});
