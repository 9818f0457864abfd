import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldWords, matcherOf, wordsOf } from '../../src/event/words.ts';
import { anyCharacter } from '../support/any-character.ts';

describe('words', () => {
  it.each([
    ['file reading', 'Reading the FILE', true],
    ['ubersicht', 'die Übersicht', true],
    ['cafe\u0301', 'CAFÉ', true],
    ['ΟΔΟΣ', 'οδοσ', true],
    ['istanbul', 'İstanbul', true],
    ['src/main.ts', 'main in src, ts', true],
    ['name', 'snake_case.name', true],
    ['a\u0000b', 'b\u0000a', true],
    ['世界', '你好 世界', true],
    ['file', 'files', false],
    ['file', 'ßfile', false],
    ['界', '你好 世界', false],
  ])('of %j are in %j: %s', (query, text, expected) => {
    expect(matcherOf(wordsOf(query))(text)).toBe(expected);
  });

  it.each(['', '-', '\uE000', '…—\u0301'])('are not in %j', query => {
    expect(wordsOf(query)).toEqual([]);
  });

  it('are the same however often a text is folded, and between them is ASCII alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), text => {
        const folded = foldWords(text);
        expect(foldWords(folded)).toBe(folded);
        expect(folded).not.toMatch(/[^\0-\x7f\p{L}\p{N}]|\0/u);
      }),
    );
  });
});
