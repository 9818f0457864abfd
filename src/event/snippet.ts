import { foldWords, wordParts } from './words.ts';

/** Characters that a snippet shows before the first hit, and from there on. */
const BEFORE_CHARS = 40;
const AFTER_CHARS = 160;

/**
 * The part of a text around its first hit, on one line: plain text and hits by turns, plain text first, `…` where it is cut.
 * @param words as `wordsOf` gives them
 */
export function snippetOf(text: string, words: readonly string[]): string[] {
  const wanted = words.map(wordParts);
  const isHit = (token: string) => {
    const folded = foldWords(token);
    return wanted.some(({ plain, begins }) => (begins ? folded.startsWith(plain) : folded === plain));
  };
  const hits = [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].filter(([token]) => isHit(token));
  const first = hits[0]?.index ?? 0;
  const from = first <= BEFORE_CHARS ? 0 : first - BEFORE_CHARS;
  const to = Math.min(text.length, first + AFTER_CHARS);
  const parts: string[] = [];
  let at = from;
  for (const { 0: token, index } of hits) {
    if (index + token.length > to) break;
    parts.push(text.slice(at, index), token);
    at = index + token.length;
  }
  parts.push(text.slice(at, to));
  parts[0] = (from > 0 ? '…' : '') + parts[0];
  if (to < text.length) parts.push(`${parts.pop()}…`);
  return parts.map(part => part.replaceAll(/\s+/g, ' ').toWellFormed());
}
