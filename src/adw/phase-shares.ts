import { usedBeyond } from './account.ts';
import type { AccountState, Used } from './account-state.ts';
import type { Share } from './shares.ts';
import { sumOfTokens } from './tokens.ts';

/**
 * Shares by the phase in which they were used. What an account used in several, one after the other, is told apart by what was
 * seen when each of its processes began, and says that it is an estimate.
 * @param phaseOf the phase that a role worked on at a moment, ms since the Unix epoch
 */
export function sharesByPhase(
  shares: readonly Share[],
  phaseOf: (role: string, ms: number | null) => string,
): ReadonlyMap<string, readonly Share[]> {
  const found = new Map<string, Share[]>();
  const add = (phase: string, share: Share) => found.set(phase, [...(found.get(phase) ?? []), share]);
  for (const share of shares) {
    const parts = partsOf(share.account, phaseOf);
    if (parts.size === 1) for (const phase of parts.keys()) add(phase, share);
    else for (const [phase, part] of parts) add(phase, { ...share, used: partOf(share.used, part), isEstimated: true });
  }
  return found;
}

/** Which part of what an account was seen to use falls into each phase; the parts add up to 1. */
function partsOf(account: AccountState, phaseOf: (role: string, ms: number | null) => string): Map<string, number> {
  const { marks, role, startedMs, seen } = account;
  const parts = new Map<string, number>();
  if (marks.length === 0) return parts.set(phaseOf(role, startedMs), 1);
  for (const [index, mark] of marks.entries()) {
    const phase = phaseOf(role, mark.ms);
    const used = weightOf(usedBeyond(mark, marks[index + 1] ?? seen), seen);
    parts.set(phase, (parts.get(phase) ?? 0) + used);
  }
  const sum = [...parts.values()].reduce((total, one) => total + one, 0);
  if (sum === 0) return new Map([[phaseOf(role, startedMs), 1]]);
  return new Map([...parts].filter(([, part]) => part > 0).map(([phase, part]) => [phase, part / sum]));
}

/** How much something is, by its cost where the whole has one, else by its tokens. */
function weightOf(used: Used, { costUsd }: Used): number {
  return costUsd === null ? sumOfTokens(used.tokens) : (used.costUsd ?? 0);
}

function partOf({ tokens, costUsd }: Used, part: number): Used {
  return {
    tokens: {
      input: Math.round(tokens.input * part),
      output: Math.round(tokens.output * part),
      cacheRead: Math.round(tokens.cacheRead * part),
      cacheWrite: Math.round(tokens.cacheWrite * part),
    },
    costUsd: costUsd === null ? null : costUsd * part,
  };
}
