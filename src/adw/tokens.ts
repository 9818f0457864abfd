import type { TokensSummary } from './summary-shape.ts';

/** Token counts. */
export interface Tokens {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** Nothing used. */
export const NO_TOKENS: Readonly<Tokens> = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

const combine = (a: Tokens, b: Tokens, of: (x: number, y: number) => number): Tokens => ({
  input: of(a.input, b.input),
  output: of(a.output, b.output),
  cacheRead: of(a.cacheRead, b.cacheRead),
  cacheWrite: of(a.cacheWrite, b.cacheWrite),
});

/** The sum of two counts. */
export const addTokens = (a: Tokens, b: Tokens): Tokens => combine(a, b, (x, y) => x + y);
/** The larger of two counts, kind by kind. */
export const maxTokens = (a: Tokens, b: Tokens): Tokens => combine(a, b, Math.max);
/** What `b` has beyond `a`; parts may be negative when a message's usage was corrected downwards. */
export const tokensBeyond = (a: Tokens, b: Tokens): Tokens => combine(a, b, (x, y) => y - x);
/** Tokens of which no kind is less than nothing. */
export const notNegative = (tokens: Tokens): Tokens => maxTokens(tokens, NO_TOKENS);
/** How many they are in all. */
export const sumOfTokens = ({ input, output, cacheRead, cacheWrite }: Tokens): number =>
  input + output + cacheRead + cacheWrite;

/**
 * How many of all kinds were told of; null where none were: an agent that runs uses some, and some programs say how many at
 * their end alone.
 */
export function tokensTold(tokens: TokensSummary): number | null {
  const { input_tokens: input, output_tokens: output, cache_read_tokens: read, cache_write_tokens: write } = tokens;
  return input + output + read + write || null;
}

/** Tokens as they travel. */
export function tokensOnWire(tokens: Tokens): TokensSummary {
  return {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_write_tokens: tokens.cacheWrite,
  };
}
