import { addUsed } from './account.ts';
import type { AccountState, Used } from './account-state.ts';
import { type Share, sharesOf } from './shares.ts';
import type { AdwState } from './state.ts';
import type { CostSummary, ModelSummary, TokensSummary } from './summary-shape.ts';
import { NO_TOKENS, sumOfTokens, tokensOnWire } from './tokens.ts';

/** What something used, and whether any of it is an estimate. */
export interface Spent extends Used {
  readonly isEstimated: boolean;
}

/** What a role that never ran used: no line says anything of it, not that it was free. */
const NOTHING_SPENT: Spent = { tokens: NO_TOKENS, costUsd: null, isEstimated: false };

/** Every account's own share. The sum of all is what the run used. */
export function allShares({ sessions }: AdwState): Share[] {
  return Object.values(sessions).flatMap(sharesOf);
}

/** What the accounts that `wanted` picks used together. A cost that is known in part only is a lower bound. */
export function spentIn(shares: readonly Share[], wanted: (account: AccountState) => boolean): Spent {
  const picked = shares.filter(({ account }) => wanted(account));
  if (picked.length === 0) return NOTHING_SPENT;
  const isUnknown = ({ used }: Share) => used.costUsd === null;
  const spenders = picked.filter(({ used }) => (used.costUsd ?? 0) > 0 || sumOfTokens(used.tokens) > 0);
  return {
    // Beside a cost that is not known, one of nothing says nothing.
    ...(spenders.length === 0 ? picked : spenders).map(({ used }) => used).reduce(addUsed),
    isEstimated: picked.some(share => share.isEstimated || isUnknown(share)),
  };
}

/**
 * What list prices are multiplied by, so that parts that lines tell of are no more than the whole that results tell of: at most 1.
 * Programs have prices of their own, of another day or without a dearer kind of cache.
 */
export function priceFactor(shares: readonly Share[]): number {
  const sum = (of: (share: Share) => number | null) => shares.reduce((total, share) => total + (of(share) ?? 0), 0);
  const [said, listed] = [sum(({ used }) => used.costUsd), sum(({ account }) => account.seen.costUsd)];
  return said > 0 && said < listed ? said / listed : 1;
}

/** Spending as it travels. */
export function spentOnWire({ tokens, costUsd, isEstimated }: Spent): TokensSummary & CostSummary {
  return {
    ...tokensOnWire(tokens),
    cost_usd: usdOnWire(costUsd),
    cost_estimated: isEstimated,
  };
}

/** Dollars without the digits that adding up makes. */
export function usdOnWire(costUsd: number | null): number | null {
  return costUsd === null ? null : Math.round(costUsd * 1e9) / 1e9;
}

/** What each model used, dearest first: by what results say, and by lines that no result has in it, which is a lower bound. */
export function modelSummaries(shares: readonly Share[]): ModelSummary[] {
  const models = new Map<string, Spent>();
  for (const share of shares) {
    for (const [model, used] of Object.entries(share.models)) {
      const known = models.get(model);
      const isEstimated = share.isEstimated || used.costUsd === null || known?.isEstimated === true;
      models.set(model, { ...(known === undefined ? used : addUsed(known, used)), isEstimated });
    }
  }
  return [...models]
    .map(([model, spent]) => ({ model, ...spentOnWire(spent) }))
    .toSorted((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0));
}
