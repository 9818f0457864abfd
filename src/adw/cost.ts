import type { AdwState, SessionState, Tokens } from './state.ts';
import type { ModelSummary } from './summary-shape.ts';
import { addTokens, maxTokens, NO_TOKENS, tokensOnWire } from './tokens.ts';

/** What something used, and whether any of it is an estimate. */
export interface Spent {
  readonly tokens: Tokens;
  readonly costUsd: number;
  readonly estimated: boolean;
}

/** What a role that never ran used. */
export const NOTHING_SPENT: Spent = { tokens: NO_TOKENS, costUsd: 0, estimated: false };

/** What one session used: the last result's totals, an estimate until there is one, the larger while it goes on after it. */
export function spentBy({ final, estimate, goesOn }: SessionState): Spent {
  if (final === null) {
    return { tokens: estimate?.tokens ?? NO_TOKENS, costUsd: estimate?.costUsd ?? 0, estimated: true };
  }
  const finalUsd = final.costUsd ?? estimate?.costUsd ?? 0;
  if (!goesOn || estimate === null)
    return { tokens: final.tokens, costUsd: finalUsd, estimated: final.costUsd === null };
  return {
    tokens: maxTokens(final.tokens, estimate.tokens),
    costUsd: Math.max(finalUsd, estimate.costUsd),
    estimated: true,
  };
}

/** What two things used together. */
export function addSpent(a: Spent, b: Spent): Spent {
  return {
    tokens: addTokens(a.tokens, b.tokens),
    costUsd: a.costUsd + b.costUsd,
    estimated: a.estimated || b.estimated,
  };
}

/** What the sessions that `wanted` picks used together. */
export function spentIn(state: AdwState, wanted: (session: SessionState) => boolean): Spent {
  return Object.values(state.sessions).filter(wanted).map(spentBy).reduce(addSpent, NOTHING_SPENT);
}

/** Spending as it travels. */
export function spentOnWire({ tokens, costUsd, estimated }: Spent) {
  return { ...tokensOnWire(tokens), cost_usd: costUsd, cost_estimated: estimated };
}

/** What each model used in the sessions that ended, dearest first. */
export function modelSummaries(state: AdwState): ModelSummary[] {
  const models = new Map<string, { tokens: Tokens; costUsd: number }>();
  for (const { final } of Object.values(state.sessions)) {
    for (const [model, totals] of Object.entries(final?.models ?? {})) {
      const sum = models.get(model) ?? { tokens: NO_TOKENS, costUsd: 0 };
      models.set(model, { tokens: addTokens(sum.tokens, totals.tokens), costUsd: sum.costUsd + totals.costUsd });
    }
  }
  return [...models]
    .map(([model, { tokens, costUsd }]) => ({ model, ...tokensOnWire(tokens), cost_usd: costUsd }))
    .toSorted((a, b) => b.cost_usd - a.cost_usd);
}
