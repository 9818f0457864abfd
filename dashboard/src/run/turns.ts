import { formatTokens } from '../../../src/adw/format.ts';
import type { RowEvent } from '../../../src/adw/row.ts';
import type { AttemptSummary, RoleSummary } from '../../../src/adw/summary-shape.ts';

/** One request to a model, and what it used. */
export interface Turn extends Tokens {
  /** Seq of the last event that tells of it. */
  readonly seq: number;
  readonly role: string;
  readonly attempt: number;
  /** `tool_use_id` of the sub-agent that made it; empty for a role's own. */
  readonly parent: string;
  /** ms since the Unix epoch. */
  readonly ms: number;
  /** US dollars, at list price until {@link turnsWithin}; undefined where no price is known. */
  readonly costUsd: number | undefined;
  /** Tokens that the model was given; undefined where the event tells of several requests. */
  readonly context: number | undefined;
}

interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

interface Reached extends Tokens {
  readonly costUsd: number | undefined;
}

const NOTHING: Reached = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, costUsd: 0 };

/**
 * The turns that `usage_update` events tell of, in order: each names what its session has used so far, and what a turn used is the
 * difference to the one before. Several events of one message are one turn. Pure.
 */
export function turnsOf(events: readonly RowEvent[]): Turn[] {
  const reached = new Map<string, Reached>();
  const turns = new Map<string, Turn>();
  for (const { seq, data } of events) {
    const [role, parent] = [textOf(data.agent_role), textOf(data.parent_tool_use_id)];
    const agent = [role, data.attempt, data.session_id, parent, fileOf(data.source)].join('\u0000');
    const now = reachedIn(data);
    const before = reached.get(agent) ?? NOTHING;
    reached.set(agent, now);
    const used = difference(now, before);
    const key = `${agent}\u0000${textOf(data.message_id) || seq}`;
    const known = turns.get(key);
    turns.set(key, {
      seq,
      role,
      attempt: typeof data.attempt === 'number' ? data.attempt : 1,
      parent,
      ms: Date.parse(textOf(data.timestamp)),
      context: contextOf(data),
      ...(known ? sum(known, used) : used),
    });
  }
  return [...turns.values()];
}

/**
 * The turns with costs that are no more than what their attempts cost by their agents' own account: where list prices say more, all
 * turns of the attempt are lowered alike. Pure.
 */
export function turnsWithin(turns: readonly Turn[], roles: readonly PricedRole[]): Turn[] {
  const keyOf = (role: string, attempt: number) => `${role}\u0000${attempt}`;
  const said = new Map(
    roles.flatMap(({ role, attempts }) => attempts.map(one => [keyOf(role, one.attempt), one.cost_usd] as const)),
  );
  const listed = new Map<string, number>();
  for (const { role, attempt, costUsd } of turns) {
    const key = keyOf(role, attempt);
    listed.set(key, (listed.get(key) ?? 0) + (costUsd ?? 0));
  }
  return turns.map(turn => {
    const key = keyOf(turn.role, turn.attempt);
    const [own, sum] = [said.get(key) ?? 0, listed.get(key) ?? 0];
    const isMore = own > 0 && sum > own && turn.costUsd !== undefined;
    return isMore ? { ...turn, costUsd: (turn.costUsd! * own) / sum } : turn;
  });
}

/** What {@link turnsWithin} needs of a role. */
type PricedRole = Pick<RoleSummary, 'role'> & {
  readonly attempts: readonly Pick<AttemptSummary, 'attempt' | 'cost_usd'>[];
};

/** What the tokens of a turn cost beside each other: the ratios that the makers of models with a cache charge. */
const WEIGHTS = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 } as const satisfies Record<
  keyof Tokens,
  number
>;

/** What made a turn as dear as it is, in words with its tokens; empty where it used none. */
export function whyDear(turn: Tokens): string {
  const parts = (Object.keys(WEIGHTS) as (keyof Tokens)[]).map(part => ({ part, weight: turn[part] * WEIGHTS[part] }));
  const { part, weight } = parts.reduce((most, one) => (one.weight > most.weight ? one : most));
  if (weight === 0) return '';
  const tokens = formatTokens(turn[part]);
  if (part === 'output') return `output: ${tokens}`;
  if (part === 'input') return `not cached: ${tokens}`;
  if (part === 'cacheRead') return `long context: ${tokens} from cache`;
  return turn.cacheRead < turn.cacheWrite ? `cache miss: ${tokens} written` : `new context: ${tokens} written`;
}

function reachedIn({ totals, cost_usd: cost }: RowEvent['data']): Reached {
  const counts = (totals ?? {}) as Readonly<Record<string, unknown>>;
  const count = (name: string) => (typeof counts[name] === 'number' ? counts[name] : 0);
  return {
    input: count('input_tokens'),
    output: count('output_tokens'),
    cacheRead: count('cache_read_input_tokens'),
    cacheWrite: count('cache_creation_input_tokens'),
    costUsd: typeof cost === 'number' ? cost : undefined,
  };
}

/** Totals that are lower than before begin anew: another process of the session. */
function difference(now: Reached, before: Reached): Reached {
  const part = (name: keyof Tokens) => (now[name] >= before[name] ? now[name] - before[name] : now[name]);
  return {
    input: part('input'),
    output: part('output'),
    cacheRead: part('cacheRead'),
    cacheWrite: part('cacheWrite'),
    costUsd:
      now.costUsd === undefined || before.costUsd === undefined
        ? undefined
        : now.costUsd >= before.costUsd
          ? now.costUsd - before.costUsd
          : now.costUsd,
  };
}

function sum(a: Reached, b: Reached): Reached {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    costUsd: a.costUsd === undefined || b.costUsd === undefined ? undefined : a.costUsd + b.costUsd,
  };
}

function contextOf(data: RowEvent['data']): number | undefined {
  if (typeof data.context_tokens === 'number') return data.context_tokens;
  // null: usage of several requests together does not say how full the context was.
  if (data.context_tokens === null) return undefined;
  const usage = (data.usage ?? {}) as Readonly<Record<string, unknown>>;
  const parts = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'].map(name => usage[name]);
  return parts.reduce<number>((total, part) => total + (typeof part === 'number' ? part : 0), 0) || undefined;
}

function fileOf(source: unknown): string {
  const { path, fingerprint } = (source ?? {}) as { readonly path?: unknown; readonly fingerprint?: unknown };
  return `${textOf(path)} ${textOf(fingerprint)}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
