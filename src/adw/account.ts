import type { AccountState, Totals, Used, UsedByModels } from './account-state.ts';
import { entryOf, type Fields, fieldsOf, numberOf, setEntry, textOf, tokensOfModel, tokensOfUsage } from './read.ts';
import { addTokens, maxTokens, NO_TOKENS, notNegative, sumOfTokens, type Tokens, tokensBeyond } from './tokens.ts';

/** Models with totals of their own in one account. */
const MODELS_MAX = 20;
/** Beginnings of processes kept of one account; what comes later counts to the last. */
const MARKS_MAX = 100;
/** From this version of Claude Code on a resumed process goes on from the total that its session has. */
const CUMULATIVE_SINCE = [2, 1, 277] as const;
/** By how much of their sum two token counts of the same calls may differ. */
const SAME_TOKENS = 0.02;

/** Nothing used yet. */
export const NOTHING_USED: Readonly<UsedByModels> = { tokens: NO_TOKENS, costUsd: null, models: {} };

/** The account of a role's attempt in a session that begins there. */
export function newAccount(role: string, attempt: number, startedMs: number | null): AccountState {
  return {
    role,
    attempt,
    model: null,
    isCumulative: false,
    startedMs,
    durationMs: 0,
    turns: 0,
    denials: 0,
    earlier: null,
    unsaid: null,
    final: null,
    ownTokens: { ...NO_TOKENS },
    seen: { ...NOTHING_USED },
    seenOwn: { tokens: NO_TOKENS, costUsd: null },
    seenAtResult: { ...NOTHING_USED },
    seenAtInit: { ...NOTHING_USED },
    marks: [],
    isFresh: false,
  };
}

/**
 * A process begins, or one that waited goes on: `init` is the same.
 * @param data of the event, whose time is `ms`
 * @param isWoken whether work in the background may have woken it
 */
export function accountInit(
  account: AccountState,
  { data, ms }: { readonly data: Fields; readonly ms: number | null },
  isWoken: boolean,
): void {
  const version = textOf(data.claude_code_version, 40);
  if (version !== null || data.totals_go_on !== undefined)
    account.isCumulative = data.totals_go_on === true || (version !== null && isSince(version));
  account.model = textOf(data.model, 80) ?? account.model;
  const began = account.final !== null || sumOfTokens(account.seen.tokens) > 0;
  // A line that names no version is of one whose totals go on within a file.
  account.isFresh = began && !isWoken && version !== null && !account.isCumulative;
  account.seenAtInit = account.seen;
  const { tokens, costUsd } = account.seen;
  const isMore = sumOfTokens(tokens) > sumOfTokens(account.marks.at(-1)?.tokens ?? NO_TOKENS);
  if (account.marks.length === 0 || (isMore && account.marks.length < MARKS_MAX))
    account.marks.push({ tokens, costUsd, ms });
}

function isSince(version: string): boolean {
  const parts = version.split('.').map(Number.parseFloat);
  for (const [index, least] of CUMULATIVE_SINCE.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** What lines say that a model used since the running totals before. @param model its name; null where no line says it */
export function accountUsage(account: AccountState, gained: Used, model: string | null): void {
  const { seen } = account;
  const models = { ...seen.models };
  const before = (model === null ? undefined : entryOf(models, model)) ?? NOTHING_USED;
  if (model !== null) setEntry(models, model, notLess(addUsed(before, gained)), MODELS_MAX);
  account.seen = { ...notLess(addUsed(seen, gained)), models };
}

const notLess = ({ tokens, costUsd }: Used): Used => ({ tokens: notNegative(tokens), costUsd });

/** A `result` came: the newest running totals hold, unless it knows less than the lines before it. */
export function accountResult(account: AccountState, data: Fields): void {
  account.durationMs += numberOf(data.duration_ms) ?? 0;
  account.turns += numberOf(data.num_turns) ?? 0;
  account.denials += Array.isArray(data.permission_denials) ? data.permission_denials.length : 0;
  const own = tokensOfUsage(data.usage);
  const totals = totalsOf(data, account);
  const isEmpty = sumOfTokens(totals.tokens) + sumOfTokens(own) === 0 && !numberOf(data.total_cost_usd);
  const seenSince = usedBeyond(account.seenAtResult, account.seen);
  // A crash prints zeros.
  if (isEmpty && (account.final !== null || sumOfTokens(seenSince.tokens) > 0)) return;
  if (isOfOtherProcess(account, totals)) closeProcess(account);
  account.final = totals;
  account.ownTokens = addTokens(account.ownTokens, own);
  account.seenAtResult = account.seen;
  account.seenAtInit = account.seen;
  account.isFresh = false;
}

/** What the process before used stays; what its lines said after its last result was never in one. */
function closeProcess(account: AccountState): void {
  const { final, earlier, unsaid } = account;
  const rest = beyondByModels(account.seenAtResult, account.seenAtInit);
  if (sumOfTokens(rest.tokens) > 0) account.unsaid = unsaid === null ? rest : addByModels(unsaid, rest);
  if (final !== null) {
    const whole = withOwn(final, account.ownTokens);
    account.earlier = earlier === null ? whole : addTotals(earlier, whole);
  }
  account.final = null;
  account.ownTokens = { ...NO_TOKENS };
}

/**
 * Whether totals are of another process than those before. They never fall within one; else the lines tell: what they
 * used since the `init` is all of the totals, or comes on top of those before. Where they do not tell, an `init` that
 * nothing woke begins another process.
 */
function isOfOtherProcess({ final, isFresh, isCumulative, seen, seenAtInit }: AccountState, next: Totals): boolean {
  if (final !== null && isBelow(next, final)) return true;
  // Here the totals go on, those of a process that was killed too.
  if (isCumulative) return false;
  if (final === null || Object.keys(next.models).length === 0) return isFresh;
  const since = inputOf(tokensBeyond(seenAtInit.tokens, seen.tokens));
  const [before, now] = [inputOf(final.tokens), inputOf(next.tokens)];
  const isClose = (sum: number) => Math.abs(now - sum) <= sum * SAME_TOKENS;
  if (since > 0 && isClose(before + since)) return false;
  return (since > 0 && isClose(since)) || isFresh;
}

function isBelow(next: Totals, before: Totals): boolean {
  return (next.costUsd ?? 0) < (before.costUsd ?? 0) * (1 - 1e-9);
}

function inputOf({ input, cacheRead, cacheWrite }: Used['tokens']): number {
  return input + cacheRead + cacheWrite;
}

/**
 * What a result says of its process so far. `model_usage` covers sub-agents and the small model's own calls; `usage` is
 * the main agent's segment alone, and stands where there is nothing else.
 */
function totalsOf(data: Fields, account: AccountState): Totals {
  const models: Record<string, Used> = {};
  let [tokens, isGuessed] = [{ ...NO_TOKENS }, false];
  for (const [model, usage] of Object.entries(fieldsOf(data.model_usage))) {
    const used = priced(tokensOfModel(usage), numberOf(fieldsOf(usage).costUSD));
    if (!setEntry(models, model.slice(0, 80), used, MODELS_MAX)) continue;
    tokens = addTokens(tokens, used.tokens);
    isGuessed ||= fieldsOf(usage).costBasis === 'unknown' && sumOfTokens(used.tokens) > 0;
  }
  if (Object.keys(models).length === 0) tokens = tokensOfUsage(data.total_usage);
  const said = numberOf(data.total_cost_usd) ?? account.final?.costUsd ?? null;
  const { costUsd } = priced(addTokens(tokens, tokensOfUsage(data.usage)), said);
  return { tokens, costUsd, models, isGuessed, apiDurationMs: numberOf(data.duration_api_ms) ?? 0 };
}

/** What was used, at the price that its program names. A program that knows no price of a model says 0. */
function priced(tokens: Tokens, costUsd: number | null): Used {
  return { tokens, costUsd: costUsd === 0 && sumOfTokens(tokens) > 0 ? null : costUsd };
}

/** Totals in which no kind of token is less than what the results said of the main agent alone. */
export function withOwn(totals: Totals, own: Used['tokens']): Totals {
  return { ...totals, tokens: maxTokens(totals.tokens, own) };
}

/** The sum of what two used. */
export function addUsed(a: Used, b: Used): Used {
  return { tokens: addTokens(a.tokens, b.tokens), costUsd: addCost(a, b) };
}

/** What `b` has beyond `a`, in no kind less than nothing. */
export function usedBeyond(a: Used, b: Used): Used {
  const costUsd = b.costUsd === null ? null : Math.max(0, b.costUsd - (a.costUsd ?? 0));
  return { tokens: notNegative(tokensBeyond(a.tokens, b.tokens)), costUsd };
}

function addCost(a: Used, b: Used): number | null {
  return a.costUsd === null && b.costUsd === null ? null : Math.max(0, (a.costUsd ?? 0) + (b.costUsd ?? 0));
}

/** The sum of what two used, each model's too. */
export function addByModels(a: UsedByModels, b: UsedByModels): UsedByModels {
  const models = { ...a.models };
  for (const [model, used] of Object.entries(b.models)) {
    const known = entryOf(models, model);
    models[model] = known === undefined ? used : addUsed(known, used);
  }
  return { ...addUsed(a, b), models };
}

/** What `b` has beyond `a`, each model's too. Models that used nothing more are none of it. */
export function beyondByModels(a: UsedByModels, b: UsedByModels): UsedByModels {
  const models = Object.entries(b.models)
    .map(([model, used]) => [model, usedBeyond(entryOf(a.models, model) ?? NOTHING_USED, used)] as const)
    .filter(([, used]) => sumOfTokens(used.tokens) > 0 || (used.costUsd ?? 0) > 0);
  return { ...usedBeyond(a, b), models: Object.fromEntries(models) };
}

function addTotals(a: Totals, b: Totals): Totals {
  return {
    ...addByModels(a, b),
    apiDurationMs: a.apiDurationMs + b.apiDurationMs,
    isGuessed: a.isGuessed || b.isGuessed,
  };
}
