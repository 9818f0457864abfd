import { isRecord } from '../base/is-record.ts';
import { ownText } from './own-text.ts';
import type { Tokens } from './tokens.ts';

/** How the fold reads fields of events: whatever arrives, the answer has the type it says. */

/** Members of something, by name; what they hold is not known. */
export type Fields = Readonly<Record<string, unknown>>;

/** `value` as an object's fields; none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? (value as Fields) : {};
}

/** A non-empty string, or a number as one; else null. */
export function textOf(value: unknown, max = 500): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value === '') return null;
  return value.length > max ? ownText(value.slice(0, max)) : value;
}

/** Tokens, dollars and ms beyond this are a mistake; left in, a few of them would add up to infinity. */
const AMOUNT_MAX = Number.MAX_SAFE_INTEGER;

/** A number that is neither negative nor beyond {@link AMOUNT_MAX}; else null. */
export function numberOf(value: unknown): number | null {
  // What is added makes 0 of -0, which JSON would not give back.
  return typeof value === 'number' && value >= 0 && value <= AMOUNT_MAX ? value + 0 : null;
}

/** A timestamp as ms since the Unix epoch; null for anything that is none. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

/** Tokens of an Anthropic `usage` object. */
export function tokensOfUsage(value: unknown): Tokens {
  const usage = fieldsOf(value);
  return {
    input: numberOf(usage.input_tokens) ?? 0,
    output: numberOf(usage.output_tokens) ?? 0,
    cacheRead: numberOf(usage.cache_read_input_tokens) ?? 0,
    cacheWrite: numberOf(usage.cache_creation_input_tokens) ?? 0,
  };
}

/** Tokens of one model in a `result`'s `modelUsage`. */
export function tokensOfModel(value: unknown): Tokens {
  const usage = fieldsOf(value);
  return {
    input: numberOf(usage.inputTokens) ?? 0,
    output: numberOf(usage.outputTokens) ?? 0,
    cacheRead: numberOf(usage.cacheReadInputTokens) ?? 0,
    cacheWrite: numberOf(usage.cacheCreationInputTokens) ?? 0,
  };
}

/** The own entry of `record` under a name that came from outside; `__proto__` names none. */
export function entryOf<Value>(record: Record<string, Value>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Sets an entry under a name that came from outside, unless the record is full. Answers whether it was set. */
export function setEntry<Value>(record: Record<string, Value>, name: string, value: Value, max: number): boolean {
  if (name === '__proto__') return false;
  if (!Object.hasOwn(record, name) && Object.keys(record).length >= max) return false;
  record[name] = value;
  return true;
}

/** The smaller of two times, either of which may be unknown. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

/** The larger of two times, either of which may be unknown. */
export function later(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
