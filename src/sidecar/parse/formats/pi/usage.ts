import { asAmount, asObject, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { addUsage, pricedAt } from '../../session/add-usage.ts';
import { priceOfUsage, type Usage } from '../../session/usage.ts';
import { type PiSession, spend } from './session.ts';

/** Adds what a request used, and what Pi says that it cost. @param id the message's own; absent where it has none */
export function addUsed(usage: JsonObject, id: string | undefined, session: PiSession, events: LineEvents): void {
  const tokens = tokensOf(usage);
  if (Object.values(tokens).every(count => count === 0)) return;
  session.messages += 1;
  const said = asAmount(asObject(usage.cost)?.total);
  // A model without a price costs nothing there: its cost is not known.
  const isSaid = said !== undefined && said > 0;
  const model = events.scope.model ?? '';
  const costUsd = isSaid
    ? said
    : priceOfUsage(anthropicUsage(usage, tokens), { model, ms: pricedAt(events) }, session.price);
  spend(session, model, { tokens, costUsd: isSaid ? said : null });
  const messageId = id ?? `message ${session.messages}`;
  // Each line is of a request of its own, whatever its provider calls it.
  addUsage({ messageId, key: `${session.messages}`, tokens, costUsd, fields: { estimated: false } }, session, events);
}

function tokensOf(usage: JsonObject): Usage {
  const count = (amount: unknown): number => asAmount(amount) ?? 0;
  return {
    input_tokens: count(usage.input),
    output_tokens: count(usage.output),
    cache_read_input_tokens: count(usage.cacheRead),
    cache_creation_input_tokens: count(usage.cacheWrite),
  };
}

function anthropicUsage(usage: JsonObject, tokens: Usage): JsonObject {
  return { ...tokens, cache_creation: { ephemeral_1h_input_tokens: usage.cacheWrite1h } };
}
