import { isRecord } from '../../base/is-record.ts';
/** Narrowing helpers for JSON of unknown shape: a wrong type reads as absent, so that no line can make us throw. */

/** An object as JSON.parse makes it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** `value` when it is a JSON object, else undefined. */
export function asObject(value: unknown): JsonObject | undefined {
  return isRecord(value) ? (value as JsonObject) : undefined;
}

/** `value` when it is an array, else an empty one. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `value` when it is a string, else undefined. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `value` when it is a finite number, else undefined. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** `value` when it is a finite number that is not negative, else undefined. */
export function asAmount(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

/**
 * What JSON.parse makes of `text`; undefined when it is not JSON (no JSON text means undefined). Python's `json.dump` writes
 * NaN and Infinity, which JSON does not have: they are read as texts of that name.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const quoted = quoteNotNumbers(text);
    return quoted === text ? undefined : parseJson(quoted);
  }
}

/** Puts NaN, Infinity and -Infinity in quotes where they stand outside of strings. In time proportional to the text. */
function quoteNotNumbers(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  const token = /"|\bNaN\b|-?\bInfinity\b/g;
  let [quoted, taken] = ['', 0];
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [word] = found;
    if (word === '"') {
      const end = stringEnd(text, found.index);
      if (end < 0) break;
      token.lastIndex = end;
    } else {
      quoted += `${text.slice(taken, found.index)}"${word}"`;
      taken = token.lastIndex;
    }
  }
  return quoted + text.slice(taken);
}

/** The offset after the string that begins at `begin`; -1 where it has no end. */
function stringEnd(text: string, begin: number): number {
  for (let at = text.indexOf('"', begin + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = at;
    while (text[escapes - 1] === '\\') escapes -= 1;
    if ((at - escapes) % 2 === 0) return at + 1;
  }
  return -1;
}
