import fc from 'fast-check';
import { expect, test } from 'vitest';
import { snippetOf } from '../../src/event/snippet.ts';
import { matcherOf, wordsOf } from '../../src/event/words.ts';

const of = (text: string, q: string) => snippetOf(text, wordsOf(q, true));

test('a snippet marks each hit, and the beginnings of words as whole words', () => {
  expect(of('Die Übersicht der Limits\n\nund limitiert', 'ubersicht lim')).toEqual([
    'Die ',
    'Übersicht',
    ' der ',
    'Limits',
    ' und ',
    'limitiert',
    '',
  ]);
  expect(of('snake_case.name', 'name')).toEqual(['snake_case.', 'name', '']);
  expect(of('nothing here', 'limit')).toEqual(['nothing here']);
});

test('a snippet of a long text begins before its first hit, and says where it is cut', () => {
  const text = `${'before '.repeat(100)}needle ${'after '.repeat(100)}`;
  const [plain, hit, rest] = of(text, 'needle');
  expect(plain).toMatch(/^…[a-z ]{40}$/);
  expect(hit).toBe('needle');
  expect(rest).toMatch(/^ after .*…$/);
  expect(rest!.length).toBeLessThan(170);
});

test('what a search finds has a hit in its snippet, whatever it is', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [word] = wordsOf(b);
      fc.pre(word !== undefined && matcherOf([word])(`${a} ${b}`));
      expect(snippetOf(`${a} ${b}`, [word!]).join('')).toBe(`${a} ${b}`.replaceAll(/\s+/g, ' ').toWellFormed());
    }),
  );
});
