/**
 * The words of a text, for search: runs of letters and digits, in lower case and without marks, so that "ubersicht"
 * finds "Übersicht".
 */
export function wordsOf(text: string): Set<string> {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return new Set(plain.match(/[\p{L}\p{N}]+/gu));
}

/** A test for texts that hold every word of `query`. A query without any word finds nothing. */
export function matcherOf(query: string): (text: string) => boolean {
  const wanted = [...wordsOf(query)];
  if (wanted.length === 0) return () => false;
  return text => {
    if (text === '') return false;
    const words = wordsOf(text);
    return wanted.every(word => words.has(word));
  };
}
