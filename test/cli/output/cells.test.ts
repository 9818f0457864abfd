import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  clip,
  clipArgument,
  clipCall,
  clipPath,
  cutWord,
  pad,
  widthOf,
  wrapWords,
} from '../../../src/cli/output/cells.ts';

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

  test('a path that is too long loses its middle, a command its end', () => {
    expect(clipArgument('read', 'src/features/colours/theme.ts', 15)).toBe('src/…s/theme.ts');
    expect(clipArgument('read', 'my documents/the plan.md', 15)).toBe('my…/the plan.md');
    expect(clipArgument('edit', 'D:\\data\\my documents\\plan.md', 15)).toBe('D:\\d…ts\\plan.md');
    expect(clipArgument('run', '/home/dev/project/bin/check', 15)).toBe('/hom…/bin/check');
    expect(clipArgument('run', 'npm test -- src/theme.ts', 9)).toBe('npm test…');
    expect(clipCall('Read src/features/colours/theme.ts', 20)).toBe('Read src/…s/theme.ts');
    fc.assert(
      fc.property(text, cells, (line, room) => {
        expect(widthOf(clipPath(line, room))).toBeLessThanOrEqual(room);
        expect(widthOf(clipCall(`Read ${line}`, room))).toBeLessThanOrEqual(room);
      }),
    );
  });

  test('words that do not fit on a line go on the next, none is lost', () => {
    expect(wrapWords('the last one is longer', 8)).toEqual(['the last', 'one is', 'longer']);
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 50 }), (line, room) => {
        const lines = wrapWords(line, room);
        for (const one of lines) expect(widthOf(one)).toBeLessThanOrEqual(room);
        expect(lines.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
      }),
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

describe('widthOf', () => {
  test('is what string-width says, of every character that may be plain', () => {
    const differing: string[] = [];
    for (let code = 0x20; code < 0x28_00; code += 1) {
      const character = String.fromCharCode(code);
      if (widthOf(character) !== stringWidth(character)) differing.push(code.toString(16));
    }
    expect(differing).toEqual([]);
  });
});
