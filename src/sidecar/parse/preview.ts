import { PREVIEW_CHARS_MAX } from '../../event/limits.ts';

/** Characters that a structured value may keep in all: four previews, so that an edit shows both of its sides. */
const STRUCTURE_CHARS_MAX = 4 * PREVIEW_CHARS_MAX;
/** Levels kept of a structured value. Nested deeper, JSON.stringify would overflow the stack. */
const DEPTH_MAX = 24;
/** Members kept of a structured value. Prevents events as large as the lines they describe. */
const MEMBERS_MAX = 1_000;

/** What an event says beside a text that was cut; nothing where the whole text is there. */
export interface Cut {
  readonly truncated?: boolean;
  /** Size of the whole, characters. */
  readonly full_size?: number;
}

/** The first `max` characters of `text`, or one fewer where the cut would split a surrogate pair. */
export function firstChars(text: string, max: number = PREVIEW_CHARS_MAX): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/** `truncated` and `full_size` for `text` where {@link firstChars} would cut it. */
export function cutOf(text: string, max: number = PREVIEW_CHARS_MAX): Cut {
  return text.length > max ? { truncated: true, full_size: text.length } : {};
}

/** The first line of `text` that says something, at most `max` characters; an ellipsis where the line goes on. */
export function firstLine(text: string, max: number): string {
  const head = text.slice(0, 4 * max).trimStart();
  const end = head.search(/[\r\n]/);
  const line = end < 0 ? head : head.slice(0, end);
  return line.length > max ? `${firstChars(line, max - 1)}…` : line;
}

/** Limits of {@link bounded}; the defaults fit a tool's input. */
export interface Bounds {
  /** Characters kept of one string. */
  readonly stringMax?: number;
  /** Characters kept of all strings and keys together. */
  readonly charsMax?: number;
  /** Objects' and arrays' members kept. */
  readonly membersMax?: number;
}

/** The limits of a structured value whose strings keep `textCharsMax` characters. */
export function boundsOf(textCharsMax: number): Bounds {
  return { stringMax: textCharsMax, charsMax: 4 * textCharsMax };
}

/** A JSON value cut to size, and whether anything was cut. */
export interface Bounded extends Cut {
  readonly value: unknown;
}

/**
 * A copy of a JSON value that is small and shallow enough for an event: long strings are cut, members beyond the limit
 * left out, what is nested too deep becomes "…". `full_size` counts the characters of all strings and keys.
 */
export function bounded(
  value: unknown,
  { stringMax = PREVIEW_CHARS_MAX, charsMax = STRUCTURE_CHARS_MAX, membersMax = MEMBERS_MAX }: Bounds = {},
): Bounded {
  let chars = charsMax;
  let members = membersMax;
  let truncated = false;
  const shorten = (text: string): string => {
    const kept = firstChars(text, Math.min(stringMax, Math.max(chars, 0)));
    chars -= kept.length;
    if (kept.length < text.length) truncated = true;
    return kept;
  };
  const copy = (node: unknown, depth: number): unknown => {
    if (typeof node === 'string') return shorten(node);
    if (typeof node !== 'object' || node === null) return node;
    if (depth >= DEPTH_MAX) {
      truncated = true;
      return '…';
    }
    return Array.isArray(node) ? copyArray(node, depth) : copyObject(node as Record<string, unknown>, depth);
  };
  const room = (): boolean => {
    if (members > 0 && chars > 0) {
      members -= 1;
      return true;
    }
    truncated = true;
    return false;
  };
  const copyArray = (items: readonly unknown[], depth: number): unknown[] => {
    const kept: unknown[] = [];
    for (const item of items) {
      if (!room()) break;
      kept.push(copy(item, depth + 1));
    }
    return kept;
  };
  const copyObject = (node: Record<string, unknown>, depth: number): Record<string, unknown> => {
    const kept: Record<string, unknown> = {};
    for (const key of Object.keys(node)) {
      if (!room()) break;
      // Assigning to this key would set the copy's prototype instead.
      if (key !== '__proto__') kept[shorten(key)] = copy(node[key], depth + 1);
    }
    return kept;
  };
  const kept = copy(value, 0);
  return truncated ? { value: kept, truncated, full_size: charsOf(value) } : { value: kept };
}

/** Characters of all strings and keys in a JSON value of any depth. */
function charsOf(value: unknown): number {
  let sum = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node === 'string') sum += node.length;
    else if (Array.isArray(node)) for (const item of node) open.push(item);
    else if (typeof node === 'object' && node !== null) {
      for (const [key, item] of Object.entries(node)) {
        sum += key.length;
        open.push(item);
      }
    }
  }
  return sum;
}
