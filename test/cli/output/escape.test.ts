import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine, safeLine } from '../../../src/cli/output/escape.ts';
import { anyCharacter } from '../../support/any-character.ts';

/** Anything a terminal would obey. */
const DANGER = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 8 }),
    fc.constantFrom(
      '\u001b[2J',
      '\u001b]0;title\u0007',
      '\u009b31m',
      '\u001bP1$r\u001b\\',
      '\r\n',
      '\u202e',
      '\u0008',
      '\u001b',
    ),
  ),
  { maxLength: 20 },
);

describe('text from agents on a terminal', () => {
  test('no control character survives, whatever comes in', () => {
    fc.assert(
      fc.property(hostile, parts => {
        expect(safeLine(parts.join(''))).not.toMatch(DANGER);
        expect(safeLine(parts.join(''))).not.toContain('\n');
      }),
      { numRuns: 1_000 },
    );
  });

  test('a title, a clipboard write and a cleared screen leave only the words around them', () => {
    expect(safeLine('a\u001b]0;evil\u0007b\u001b]52;c;ZXZpbA==\u001b\\c\u001b[2J\u001b[1;1Hd')).toBe('abcd');
  });
});

describe('JSON on a terminal', () => {
  test('is one safe line that means the same', () => {
    fc.assert(
      fc.property(hostile, parts => {
        const line = jsonLine({ text: parts.join('') });
        expect(line).not.toMatch(DANGER);
        expect(JSON.parse(line)).toEqual({ text: parts.join('') });
      }),
    );
  });
});
