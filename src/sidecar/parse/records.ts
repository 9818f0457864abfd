import { decodeText, type EncodedText } from '../../base/text-encoding.ts';
import { asObject, type JsonObject, parseJson } from './json.ts';

/** What a line's text holds. */
export interface Records {
  /** The JSON value that the whole line is, or the whole records in a damaged one, in order. */
  readonly values: readonly unknown[];
  /** What lies beside them, in order: text, parts of records, NUL bytes. Empty for a line that is one value. */
  readonly rest: readonly string[];
  /** Whether the text ends with a value, so that nothing of it is still to come. */
  readonly isComplete: boolean;
}

/** An object in a text: its first character, and the one after its last. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

/**
 * The records of a line. A line is one JSON value; what writers glue together, cut off or pad with NUL is looked through
 * for whole objects. Takes time in proportion to the text's length, whatever is in it.
 * @param isRecord whether an object is a line of its own, where it lies inside of one that was cut off
 */
export function readRecords(text: string, isRecord: (value: JsonObject) => boolean): Records {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const whole = parseJson(body);
  if (whole !== undefined) return { values: [whole], rest: [], isComplete: true };
  const values: JsonObject[] = [];
  const rest: string[] = [];
  let told = 0;
  const take = ({ begin, end }: Span, accepts: (value: JsonObject) => boolean): void => {
    const value = asObject(parseJson(body.slice(begin, end)));
    if (value === undefined || !accepts(value)) return;
    rest.push(body.slice(told, begin));
    values.push(value);
    told = end;
  };
  for (let at = nextObject(body, 0); at >= 0; ) {
    const { complete, next } = scanObject(body, at);
    const isWhole = complete[0]?.begin === at;
    for (const span of complete) take(span, isWhole ? hasType : isRecord);
    at = nextObject(body, next);
  }
  const end = body.slice(told);
  rest.push(end);
  const isComplete = values.length > 0 && !isSaid(end);
  return { values, rest: rest.filter(isSaid), isComplete };
}

/**
 * Whether a line without a newline is whole all the same: it ends with a JSON object or array, or holds nothing but NUL,
 * which no writer goes on from.
 */
export function isWholeLine(line: EncodedText): boolean {
  const text = decodeText(line).replaceAll('\0', '').trim();
  if (text === '') return line.bytes.length > 0;
  if (!/[}\]]$/.test(text)) return false;
  return readRecords(text, hasType).isComplete;
}

function isSaid(text: string): boolean {
  return /[^\s\ufeff]/.test(text);
}

function hasType(value: JsonObject): boolean {
  return typeof value.type === 'string';
}

/** Where the next object begins, at `from` or later: `{` and a quote, and white space between. -1 where none does. */
function nextObject(text: string, from: number): number {
  const opening = /\{[ \t\r\n]*"/g;
  opening.lastIndex = from;
  return opening.exec(text)?.index ?? -1;
}

/** What may come next in JSON, by what came before. */
type Place = 'key' | 'first-key' | 'colon' | 'value' | 'first-value' | 'after';

/**
 * Goes through one object, from its brace on.
 * @returns the object itself when it is whole, else the outermost whole objects inside of it; and where to look on. What was
 *   cut off in the middle of a string swallows the beginning of the record behind it: `"half a te{"` is a string to it. So
 *   the text is looked through again from the token before the one that cannot be.
 */
function scanObject(text: string, begin: number): { complete: readonly Span[]; next: number } {
  const open: number[] = [];
  const complete: Span[] = [];
  let place: Place = 'value';
  let before = begin;
  for (let at = begin; ; ) {
    at = skipSpace(text, at);
    const end = at < text.length ? tokenEnd(text, at) : -1;
    const after: Place | undefined = end < 0 ? undefined : placeAfter(text[at] ?? '', place, text[open.at(-1) ?? -1]);
    if (after === undefined) {
      // A string that breaks off holds no quote, and so no beginning of an object.
      const broken = end < -1 ? -end : at;
      return { complete, next: Math.max(begin + 1, Math.min(before, broken)) };
    }
    const character = text[at];
    if (character === '{' || character === '[') open.push(at);
    if (character === '}' || character === ']') {
      const opened = open.pop() ?? begin;
      if (character === '}') {
        while ((complete.at(-1)?.begin ?? -1) > opened) complete.pop();
        complete.push({ begin: opened, end });
      }
      if (open.length === 0) return { complete, next: end };
    }
    place = after;
    before = at;
    at = end;
  }
}

/** The place after a token that begins with `first`, inside of `container`; undefined where it cannot stand. */
function placeAfter(first: string, place: Place, container: string | undefined): Place | undefined {
  switch (first) {
    case '"':
      if (place === 'key' || place === 'first-key') return 'colon';
      return place === 'value' || place === 'first-value' ? 'after' : undefined;
    case '{':
      return place === 'value' || place === 'first-value' ? 'first-key' : undefined;
    case '[':
      return place === 'value' || place === 'first-value' ? 'first-value' : undefined;
    case '}':
      return container === '{' && (place === 'after' || place === 'first-key') ? 'after' : undefined;
    case ']':
      return container === '[' && (place === 'after' || place === 'first-value') ? 'after' : undefined;
    case ':':
      return place === 'colon' ? 'value' : undefined;
    case ',':
      if (place !== 'after') return undefined;
      return container === '{' ? 'key' : 'value';
    default:
      return place === 'value' || place === 'first-value' ? 'after' : undefined;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '\0')) at += 1;
  return at;
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN|true|false|null/y;

/** The offset after the token at `at`; -1 where there is none, and minus the offset where a string breaks off. */
function tokenEnd(text: string, at: number): number {
  const first = text[at] ?? '';
  if (first === '"') return stringEnd(text, at);
  if ('{}[]:,'.includes(first)) return at + 1;
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : -1;
}

function stringEnd(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -at;
    if (code !== 0x5c) continue;
    const escaped = text[at + 1] ?? '';
    if (escaped === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) at += 5;
    else if (escaped !== '' && '"\\/bfnrt'.includes(escaped)) at += 1;
    else return -at;
  }
  return -text.length;
}
