import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip, clipArgument, cutWord, pad, widthOf } from '../../../src/cli/output/cells.ts';

const text = fc.string({ unit: fc.constantFrom('a', ' ', '漢', '👩‍👩‍👧', 'é', 'e\u0301', '…', 'word'), maxLength: 60 });
const cells = fc.integer({ min: 0, max: 50 });

describe('text in terminal cells', () => {
  test('a clipped text is never wider than its room', () => {
    fc.assert(
      fc.property(text, cells, (line, room) => void expect(widthOf(clip(line, room))).toBeLessThanOrEqual(room)),
    );
  });

  test('a padded text is exactly as wide as its room', () => {
    fc.assert(fc.property(text, cells, (line, room) => void expect(widthOf(pad(line, room))).toBe(room)));
  });

  test('what fits stays as it was, and what does not says so', () => {
    expect(clip('漢字', 4)).toBe('漢字');
    expect(clip('漢字', 3)).toBe('漢…');
    expect(clip('abcdef', 4)).toBe('abc…');
  });

  test('a path that is too long keeps its end, a command its beginning', () => {
    expect(clipArgument('/home/dev/project/src/theme.ts', 15)).toBe('…t/src/theme.ts');
    expect(clipArgument('npm test -- src/theme.ts', 9)).toBe('npm test…');
    fc.assert(
      fc.property(
        text,
        cells,
        (line, room) => void expect(widthOf(clipArgument(`/${line}`, room))).toBeLessThanOrEqual(room),
      ),
    );
  });

  test('the pieces of a word fit and lose no letter', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 50 }), (word, room) => {
        const pieces = cutWord(word, room);
        for (const piece of pieces) expect(widthOf(piece)).toBeLessThanOrEqual(room);
        expect(pieces.join('')).toBe(word);
      }),
    );
  });
});
