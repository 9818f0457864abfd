import type { Tokens } from './state.ts';

/** US dollars per million tokens. */
interface Price {
  readonly input: number;
  readonly output: number;
}

/**
 * List prices by model, the longest matching prefix wins. They only serve the estimate of a session that has no `result`
 * yet; the result's own cost replaces it. A model without a row has no estimate.
 */
const PRICES: Readonly<Record<string, Price>> = {
  'claude-opus-4': { input: 15, output: 75 },
  'claude-opus-4-5': { input: 5, output: 25 },
  'claude-opus-4-6': { input: 5, output: 25 },
  'claude-sonnet-4': { input: 3, output: 15 },
  'claude-3-7-sonnet': { input: 3, output: 15 },
  'claude-3-5-sonnet': { input: 3, output: 15 },
  'claude-haiku-4': { input: 1, output: 5 },
  'claude-3-5-haiku': { input: 0.8, output: 4 },
};

/** Reading the cache costs a tenth of the input price, writing it a quarter more (5-minute cache). */
const CACHE_READ_FACTOR = 0.1;
const CACHE_WRITE_FACTOR = 1.25;

/** What `tokens` of `model` cost at list price, in US dollars; 0 for a model that is not in the list. May be negative for a negative difference. */
export function estimateCostUsd(model: string | null, tokens: Tokens): number {
  const price = model === null ? undefined : priceOf(model);
  if (price === undefined) return 0;
  const inputs = tokens.input + tokens.cacheRead * CACHE_READ_FACTOR + tokens.cacheWrite * CACHE_WRITE_FACTOR;
  return (inputs * price.input + tokens.output * price.output) / 1_000_000;
}

function priceOf(model: string): Price | undefined {
  let found: string | undefined;
  for (const prefix of Object.keys(PRICES)) {
    if (model.startsWith(prefix) && (found === undefined || prefix.length > found.length)) found = prefix;
  }
  return found === undefined ? undefined : PRICES[found];
}
