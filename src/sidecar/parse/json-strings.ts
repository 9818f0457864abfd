/**
 * Replaces matches of a global `pattern` in a text that may be JSON. In prose it is a plain replacement. In JSON only
 * the contents of strings are touched, and never half of an escape, so that what parsed before parses afterwards.
 */
export function replaceInStrings(text: string, pattern: RegExp, replace: () => string): string {
  if (!looksLikeJson(text)) return text.replace(pattern, match => (match === '' ? match : replace()));
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const opening = text.indexOf('"', at);
    const gap = opening < 0 ? text.slice(at) : text.slice(at, opening);
    pieces.push(isStructure(gap) ? gap : replaceBetweenEscapes(gap, pattern, replace));
    if (opening < 0) break;
    const closing = stringEnd(text, opening + 1);
    pieces.push('"', replaceBetweenEscapes(text.slice(opening + 1, closing), pattern, replace));
    if (closing < text.length) pieces.push('"');
    at = closing + 1;
  }
  return pieces.join('');
}

function looksLikeJson(text: string): boolean {
  return /^[\s\ufeff]*["[{]/.test(text) || text.includes('{"');
}

/** Whether a text between strings is nothing but what JSON has there: brackets, numbers, true, false, null. */
function isStructure(gap: string): boolean {
  return /^[\s\d{}[\]:,.eE+\-truefalsn]*$/.test(gap);
}

/** The offset of the quote that ends the string which begins at `begin`; the text's end when there is none. */
function stringEnd(text: string, begin: number): number {
  let end = text.indexOf('"', begin);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** Whether the character at `offset` is preceded by an odd number of backslashes. */
function isEscaped(text: string, offset: number): boolean {
  let slashes = 0;
  while (text[offset - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

/** Replaces the matches in a string's content; an escape that a match covers in part is left standing whole. */
function replaceBetweenEscapes(content: string, pattern: RegExp, replace: () => string): string {
  if (!content.includes('\\')) return content.replace(pattern, match => (match === '' ? match : replace()));
  const whole = escapeMap(content);
  return content.replace(pattern, (match: string, ...rest: unknown[]) => {
    const offset = rest.find(part => typeof part === 'number') as number;
    let begin = 0;
    let end = match.length;
    while (begin < end && whole[offset + begin] === 1) begin += 1;
    if (whole[offset + end] === 1) while (end > begin && whole[offset + end] === 1) end -= 1;
    return begin < end ? match.slice(0, begin) + replace() + match.slice(end) : match;
  });
}

/** Marks with 1 the characters of escapes that are not the escape's first. */
function escapeMap(content: string): Uint8Array {
  const map = new Uint8Array(content.length + 1);
  for (let at = content.indexOf('\\'); at >= 0 && at < content.length; ) {
    const length = content[at + 1] === 'u' ? 6 : 2;
    map.fill(1, at + 1, Math.min(at + length, content.length));
    at = content.indexOf('\\', at + length);
  }
  return map;
}
