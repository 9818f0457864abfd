const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * Whether a JSON text holds more than `max` keys and values, seen without reading it: to parse and check an object of
 * hundreds of thousands of keys takes seconds, in which no other client is served. A short text is not counted.
 */
export function holdsMoreValues(text: string, max: number): boolean {
  // A value and what parts it from the next are two characters at least.
  if (text.length <= 2 * max) return false;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA || code === COLON || code === BRACKET || code === BRACE) values += 1;
    if (values > max) return true;
  }
  return false;
}

/** Index of the quote that ends the string which begins at `from`; that of the last character where none does. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
