import { addByModels, addUsed, beyondByModels, NOTHING_USED, withOwn } from './account.ts';
import type { AccountState, Totals, Used, UsedByModels } from './account-state.ts';
import { entryOf } from './read.ts';
import { NO_TOKENS, sumOfTokens, tokensBeyond } from './tokens.ts';

/** What one account of a session used: its own share, nothing of the others'. */
export interface Share {
  readonly account: AccountState;
  readonly used: Used;
  /** By model, of what results say, and lines that no result has in it. */
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
function restOf({ seenAtResult, seen }: AccountState): UsedByModels {
  return beyondByModels(seenAtResult, seen);
}

/** Whether a total has room for what was seen elsewhere, beside what its own lines say. Only input is known exactly. */
function isIn(rest: Used, { final, seenAtResult }: AccountState, base: Totals | undefined): boolean {
  const added = tokensBeyond(base?.tokens ?? NO_TOKENS, final?.tokens ?? NO_TOKENS);
  const own = seenAtResult.tokens;
  const fits = (kind: 'input' | 'cacheRead' | 'cacheWrite') => added[kind] - own[kind] >= rest.tokens[kind] * COUNTED;
  return fits('input') && fits('cacheRead') && fits('cacheWrite');
}

function shareOf(account: AccountState, base: Totals | undefined): Share {
  const { final, earlier, unsaid } = account;
  const rest = restOf(account);
  const parts: UsedByModels[] = [];
  if (earlier !== null) parts.push(earlier);
  if (unsaid !== null) parts.push(unsaid);
  const hasRest = sumOfTokens(rest.tokens) > 0;
  if (final !== null) parts.push(finalPart(account, final, base));
  if (final === null || hasRest) parts.push(rest);
  const { models, ...used } = parts.reduce(addByModels, NOTHING_USED);
  return {
    account,
    used,
    models,
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

/** What the newest process of an account used by its result. Lines tell the cost where that names none. */
function finalPart({ model, seen, earlier, ownTokens }: AccountState, final: Totals, base?: Totals): UsedByModels {
  const added = base === undefined ? final : beyondByModels(base, final);
  const { tokens, costUsd } = withOwn({ ...final, ...added }, ownTokens);
  const models: Record<string, Used> = {};
  for (const [name, used] of Object.entries(added.models))
    models[name] = { ...used, costUsd: used.costUsd ?? entryOf(seen.models, name)?.costUsd ?? null };
  const used = { tokens, costUsd: costUsd ?? seen.costUsd };
  if (Object.keys(final.models).length === 0 && model !== null && earlier === null) models[model] = used;
  return { ...used, models };
}
