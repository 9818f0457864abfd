import { asAmount, asObject } from '../../json.ts';

/** Token counts as the API names them. */
export type Usage = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation_input_tokens: number;
};

const NOTHING: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

/** Messages whose usage may still be repeated. Sub-agents interleave, so that it is more than one; old ones never come back. */
const MESSAGES_MAX = 256;

/** The running token counts of a session and of each of its sub-agents. */
export interface UsageTally {
  /**
   * Takes the usage that a line of message `messageId` carries. Several lines repeat one message's usage: the last
   * counts, they are never added.
   * @param agent `parent_tool_use_id` of a sub-agent's line; its tokens are not added to its parent's
   * @returns the agent's totals when they changed
   */
  take(messageId: string, agent: string | undefined, usage: Usage): Usage | undefined;
}

/** A tally of nothing. */
export function createUsageTally(): UsageTally {
  const messages = new Map<string, Usage>();
  const totals = new Map<string, Usage>();
  return {
    take(messageId, agent = '', usage) {
      const before = messages.get(messageId) ?? NOTHING;
      messages.delete(messageId);
      messages.set(messageId, usage);
      if (messages.size > MESSAGES_MAX) messages.delete(messages.keys().next().value as string);
      const change = combine(usage, before, (a, b) => a - b);
      if (Object.values(change).every(count => count === 0)) return undefined;
      const total = combine(totals.get(agent) ?? NOTHING, change, (a, b) => a + b);
      totals.set(agent, total);
      return total;
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

function combine(left: Usage, right: Usage, operation: (a: number, b: number) => number): Usage {
  return {
    input_tokens: operation(left.input_tokens, right.input_tokens),
    output_tokens: operation(left.output_tokens, right.output_tokens),
    cache_read_input_tokens: operation(left.cache_read_input_tokens, right.cache_read_input_tokens),
    cache_creation_input_tokens: operation(left.cache_creation_input_tokens, right.cache_creation_input_tokens),
  };
}
