import type { LineEvents } from '../line-events.ts';
import type { Session } from './session.ts';
import type { Usage } from './usage.ts';

/** What one message used. */
export interface MessageUsage {
  readonly messageId: string;
  /** What tells the message apart where its id does not; the id when absent. */
  readonly key?: string;
  readonly tokens: Usage;
  /** US dollars; null where no price is known. */
  readonly costUsd: number | null;
  /** What else the event carries. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Adds what a message used to its session's totals; nothing where an earlier line said the same. */
export function addUsage(
  { messageId, key = messageId, tokens, costUsd, fields }: MessageUsage,
  session: Session,
  events: LineEvents,
): void {
  const { parentToolUseId: agent, sessionId } = events.scope;
  const totals = session.usage.take(key, { sessionId, agent }, { tokens, costUsd });
  if (totals === undefined) return;
  events.add('usage_update', {
    message_id: messageId,
    usage: tokens,
    totals: totals.tokens,
    estimated: true,
    context_tokens: tokens.input_tokens + tokens.cache_read_input_tokens + tokens.cache_creation_input_tokens,
    cost_usd: totals.costUsd,
    ...fields,
  });
}

/** When a request was made, ms, where its line's time is good enough for the price of its day. */
export function pricedAt({ time: { ms, timing } }: LineEvents): number | undefined {
  return timing === 'exact' || timing === 'observed' ? ms : undefined;
}
