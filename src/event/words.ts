/**
 * What a word of a search is, for every store: a run of letters and digits, in any case and without marks, so that
 * "ubersicht" finds "Übersicht". No text and no query holds anything else, whatever a person typed.
 */

/** Beyond ASCII a folded text holds letters and digits alone. */
const IN_WORDS = '[a-z0-9\\x80-\\uffff]';
const WORDS = new RegExp(`${IN_WORDS}+`, 'g');
/** With what is between their words: folding a text word by word takes three times as long. */
const BEYOND_ASCII = /[^\0-\x7f]+(?:[\0-\x7f]{1,3}[^\0-\x7f]+)*/g;

/**
 * A text in which words are written one way: in lower case, without marks; what lies between them is ASCII, and no NUL,
 * with which texts end for SQLite. Its words are therefore what an index finds that knows ASCII alone.
 */
export function foldWords(text: string): string {
  return text.toLowerCase().replaceAll('\0', ' ').replaceAll(BEYOND_ASCII, foldBeyondAscii);
}

function foldBeyondAscii(run: string): string {
  const plain = run.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ς', 'σ');
  return plain.replaceAll(/[^\p{L}\p{N}\0-\x7f]+/gu, ' ');
}

/** Marks a word of a query that may be the beginning of one; no word holds it. */
const BEGINNING = '*';
/** Characters from which the beginning of a word counts as one: of a single character nearly everything is a hit. */
const BEGINNING_CHARS_MIN = 2;

/**
 * The words of a query, each once; without any, it finds nothing.
 * @param asTyped whether it is still being typed: its last word, where nothing stands behind it, may then be the beginning of one
 */
export function wordsOf(query: string, asTyped = false): string[] {
  const folded = foldWords(query);
  const words = folded.match(WORDS) ?? [];
  const last = words.at(-1) ?? '';
  const begins = asTyped && last.length >= BEGINNING_CHARS_MIN && folded.endsWith(last);
  return [...new Set(begins ? [...words.slice(0, -1), last + BEGINNING] : words)];
}

/** A word as {@link wordsOf} gives it, without its mark, and whether it is the beginning of one. */
export function wordParts(word: string): { readonly plain: string; readonly begins: boolean } {
  const begins = word.endsWith(BEGINNING);
  return { plain: begins ? word.slice(0, -1) : word, begins };
}

/** A test for texts that hold all of `words`, as {@link wordsOf} gives them. */
export function matcherOf(words: readonly string[]): (text: string) => boolean {
  const patterns = words.map(word => {
    const { plain, begins } = wordParts(word);
    return new RegExp(`(?<!${IN_WORDS})${plain}${begins ? '' : `(?!${IN_WORDS})`}`);
  });
  return text => {
    if (text === '') return false;
    const folded = foldWords(text);
    return patterns.every(pattern => pattern.test(folded));
  };
}
