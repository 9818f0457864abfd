import { BoundedMap } from '../../../base/bounded-map.ts';
import type { PriceOf } from '../../flow.ts';
import { asAmount, asObject } from '../json.ts';

/** Token counts as the API names them. */
export type Usage = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation_input_tokens: number;
};

/** Running totals: tokens, and what they cost at list price; null where no price of any of them is known. */
export interface UsageTotals {
  readonly tokens: Usage;
  readonly costUsd: number | null;
}

/** No tokens. */
export const NO_USAGE: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};
const NO_TOTALS: UsageTotals = { tokens: NO_USAGE, costUsd: null };

/** Messages whose usage may still be repeated. Sub-agents interleave, so that it is more than one; old ones never come back. */
const MESSAGES_MAX = 256;

/** Whose usage a message is. */
export interface Spender {
  readonly sessionId: string | undefined;
  /** `parent_tool_use_id` of a sub-agent's line; its tokens are not added to its parent's. */
  readonly agent: string | undefined;
}

/** The running token counts of each session and of each of its sub-agents. */
export interface UsageTally {
  /**
   * Takes the usage that a line of message `messageId` carries. Several lines repeat one message's usage: the last
   * counts, they are never added.
   * @returns the spender's totals when they changed
   */
  take(messageId: string, spender: Spender, used: UsageTotals): UsageTotals | undefined;
  /** The running totals so far. */
  totalsOf(spender: Spender): UsageTotals;
  /** Whether lines of the session, its sub-agents' too, say that tokens were used. */
  hasUsed(sessionId: string | undefined): boolean;
  /** A process begins: its message ids may be those of another. */
  processBegins(): void;
}

/** A tally of nothing. */
export function createUsageTally(): UsageTally {
  const messages = new BoundedMap<string, UsageTotals>(MESSAGES_MAX);
  const totals = new Map<string, UsageTotals>();
  return {
    take(messageId, { sessionId = '', agent = '' }, used) {
      const key = `${agent}\0${messageId}`;
      const before = messages.get(key) ?? NO_TOTALS;
      messages.delete(key);
      messages.set(key, used);
      const change = combine(used.tokens, before.tokens, (a, b) => a - b);
      if (Object.values(change).every(count => count === 0)) return undefined;
      const spender = `${sessionId}\0${agent}`;
      const sum = totals.get(spender) ?? NO_TOTALS;
      const total = {
        tokens: combine(sum.tokens, change, (a, b) => a + b),
        costUsd:
          sum.costUsd === null && used.costUsd === null
            ? null
            : Math.max(0, (sum.costUsd ?? 0) + (used.costUsd ?? 0) - (before.costUsd ?? 0)),
      };
      totals.set(spender, total);
      return total;
    },
    totalsOf: ({ sessionId = '', agent = '' }) => totals.get(`${sessionId}\0${agent}`) ?? NO_TOTALS,
    hasUsed(sessionId = '') {
      return [...totals.keys()].some(spender => spender.startsWith(`${sessionId}\0`));
    },
    processBegins() {
      // Sub-agents in the background go on over the `init` that wakes their agent.
      for (const key of messages.keys()) if (key.startsWith('\0')) messages.delete(key);
    },
  };
}

/** The token counts of a `usage` member; undefined when it is none. Absent counts are 0. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  if (usage === undefined) return undefined;
  const count = (name: keyof Usage): number => asAmount(usage[name]) ?? 0;
  return {
    input_tokens: count('input_tokens'),
    output_tokens: count('output_tokens'),
    cache_read_input_tokens: count('cache_read_input_tokens'),
    cache_creation_input_tokens: count('cache_creation_input_tokens'),
  };
}

/** What a request with a `usage` member cost at list price, US dollars; null where its model's price is not known. */
export function priceOfUsage(
  value: unknown,
  request: { model: string; ms: number | undefined },
  price: PriceOf,
): number | null {
  const usage = readUsage(value) ?? NO_USAGE;
  const longWrites = asAmount(asObject(asObject(value)?.cache_creation)?.ephemeral_1h_input_tokens) ?? 0;
  const cost = price({
    model: request.model,
    ms: request.ms,
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.cache_read_input_tokens,
    cacheWrite: usage.cache_creation_input_tokens,
    cacheWriteHour: Math.min(longWrites, usage.cache_creation_input_tokens),
  });
  return cost ?? null;
}

/** The sum of two counts. */
export function sumOfUsage(a: Usage, b: Usage): Usage {
  return combine(a, b, (one, other) => one + other);
}

function combine(left: Usage, right: Usage, operation: (a: number, b: number) => number): Usage {
  return {
    input_tokens: operation(left.input_tokens, right.input_tokens),
    output_tokens: operation(left.output_tokens, right.output_tokens),
    cache_read_input_tokens: operation(left.cache_read_input_tokens, right.cache_read_input_tokens),
    cache_creation_input_tokens: operation(left.cache_creation_input_tokens, right.cache_creation_input_tokens),
  };
}
