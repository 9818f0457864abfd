import { addUsed, usedBeyond, withOwn } from './account.ts';
import type { AccountState, Totals, Used } from './account-state.ts';
import { addTokens, NO_TOKENS, sumOfTokens, tokensBeyond } from './tokens.ts';

/** What one account of a session used: its own share, nothing of the others'. */
export interface Share {
  readonly account: AccountState;
  readonly used: Used;
  /** By model, of what results say. */
  readonly models: Readonly<Record<string, Used>>;
  readonly apiDurationMs: number;
  /** Whether part of it is known from lines only, which say less than was used. */
  readonly isEstimated: boolean;
}

/** How much of what a killed process was seen to use has to be in a later total for it to be counted there. */
const COUNTED = 0.9;

/**
 * What each account of one session used. Where a resumed process begins at zero, that is what it says. Where it goes on
 * from the session's total, the totals are put in the order of their size and each has what it adds: the same for every
 * order in which the files are read.
 */
export function sharesOf(accounts: readonly AccountState[]): Share[] {
  const chain = accounts
    .filter(account => account.isCumulative && account.final !== null)
    .toSorted((a, b) => totalOf(a) - totalOf(b) || (a.startedMs ?? 0) - (b.startedMs ?? 0));
  const killed = accounts.filter(account => account.isCumulative && sumOfTokens(restOf(account).tokens) > 0);
  const bases = new Map<AccountState, Totals>();
  for (const [index, account] of chain.entries()) {
    let base = chain[index - 1]?.final ?? undefined;
    // What was killed in between is in this total, and was seen in another file.
    for (const other of killed.filter(one => one !== account)) {
      const rest = restOf(other);
      if (!isIn(rest, account, base)) continue;
      killed.splice(killed.indexOf(other), 1);
      base = { ...(base ?? NO_TOTALS), ...addUsed(base ?? NO_TOTALS, rest) };
    }
    if (base !== undefined) bases.set(account, base);
  }
  return accounts.map(account => shareOf(account, bases.get(account)));
}

const NO_TOTALS: Totals = { tokens: NO_TOKENS, costUsd: null, models: {}, apiDurationMs: 0, isGuessed: false };

function totalOf({ final }: AccountState): number {
  // Dollars decide; where there are none, tokens.
  return final === null ? 0 : (final.costUsd ?? 0) + sumOfTokens(final.tokens) * 1e-12;
}

/** What the lines of an account say was used since its last result. */
function restOf({ seenAtResult, seen }: AccountState): Used {
  return usedBeyond(seenAtResult, seen);
}

/** Whether a total has room for what was seen elsewhere, beside what its own lines say. Only input is known exactly. */
function isIn(rest: Used, { final, seenAtResult }: AccountState, base: Totals | undefined): boolean {
  const added = tokensBeyond(base?.tokens ?? NO_TOKENS, final?.tokens ?? NO_TOKENS);
  const own = seenAtResult.tokens;
  const fits = (kind: 'input' | 'cacheRead' | 'cacheWrite') => added[kind] - own[kind] >= rest.tokens[kind] * COUNTED;
  return fits('input') && fits('cacheRead') && fits('cacheWrite');
}

function shareOf(account: AccountState, base: Totals | undefined): Share {
  const { final, earlier, unsaid, seen, ownTokens } = account;
  const rest = restOf(account);
  const parts: Used[] = [];
  if (earlier !== null) parts.push(earlier);
  if (unsaid !== null) parts.push(unsaid);
  const hasRest = sumOfTokens(rest.tokens) > 0;
  if (final !== null) {
    const added = withOwn({ ...final, ...usedBeyond(base ?? NO_TOTALS, final) }, ownTokens);
    parts.push(added.costUsd === null ? { ...added, costUsd: seen.costUsd } : added);
  }
  if (final === null || hasRest) parts.push(rest);
  const used = parts.reduce(addUsed, { tokens: NO_TOKENS, costUsd: null });
  return {
    account,
    // Nothing at all costs nothing.
    used: used.costUsd === null && sumOfTokens(used.tokens) === 0 ? { ...used, costUsd: 0 } : used,
    models: modelsOf(account, base),
    apiDurationMs:
      (earlier?.apiDurationMs ?? 0) + Math.max(0, (final?.apiDurationMs ?? 0) - (base?.apiDurationMs ?? 0)),
    isEstimated:
      final === null ||
      final.costUsd === null ||
      hasRest ||
      unsaid !== null ||
      final.isGuessed ||
      earlier?.isGuessed === true,
  };
}

function modelsOf({ final, earlier, model, ownTokens }: AccountState, base: Totals | undefined): Record<string, Used> {
  const models: Record<string, Used> = {};
  const add = (name: string, used: Used) => {
    const known = Object.hasOwn(models, name) ? models[name] : undefined;
    models[name] = known === undefined ? used : addUsed(known, used);
  };
  for (const [name, used] of Object.entries(earlier?.models ?? {})) add(name, used);
  for (const [name, used] of Object.entries(final?.models ?? {})) {
    const before = base !== undefined && Object.hasOwn(base.models, name) ? base.models[name] : undefined;
    add(name, before === undefined ? used : usedBeyond(before, used));
  }
  if (final !== null && Object.keys(final.models).length === 0 && model !== null && earlier === null)
    add(model, { tokens: addTokens(final.tokens, ownTokens), costUsd: final.costUsd });
  return models;
}
