import type { OwnPhase } from './phase-state.ts';
import { entryOf, later, timeOf } from './read.ts';
import type { AdwState } from './state.ts';
import type { PhaseTrySummary } from './summary-shape.ts';

/** When a role worked on a phase that the run names itself. ms since the Unix epoch, null where unknown */
export interface PhaseTurn {
  readonly phase: string;
  readonly owner: string | null;
  readonly startedMs: number | null;
}

/**
 * The phase that a role worked on at `ms`: the newest of its own that had begun by then, else its first. A role that owns one
 * phase has that one whenever it is asked for. Null for a role that owns none.
 * @param ms since the Unix epoch; null for the newest
 */
export function phaseAt(turns: readonly PhaseTurn[], role: string, ms: number | null): string | null {
  const own = turns.filter(({ owner }) => owner === role).toSorted((a, b) => (a.startedMs ?? 0) - (b.startedMs ?? 0));
  const begun = own.findLast(({ startedMs }) => startedMs !== null && startedMs <= (ms ?? Number.POSITIVE_INFINITY));
  return (begun ?? own[0])?.phase ?? null;
}

/** The phase that had begun last at `ms`, whichever role works on it. Null where none had. */
export function phaseBegunAt(turns: readonly PhaseTurn[], ms: number | null): string | null {
  let found: PhaseTurn | undefined;
  for (const turn of turns) {
    if (turn.startedMs === null || turn.startedMs > (ms ?? Number.POSITIVE_INFINITY)) continue;
    if (found === undefined || later(found.startedMs, turn.startedMs) === turn.startedMs) found = turn;
  }
  return found?.phase ?? null;
}

/** Every attempt at a phase of the run's own that has begun, or that a role waits to begin. */
export function turnsOf(phases: readonly OwnPhase[]): PhaseTurn[] {
  return phases.flatMap(({ name, attempts }) =>
    attempts.map(({ owner, startedMs }) => ({ phase: name, owner, startedMs })),
  );
}

/** How long nothing worked on a phase between its attempts, ms: what a phase takes is that of its attempts. 0 where it has none. */
export function idleMs(tries: readonly Pick<PhaseTrySummary, 'started_at' | 'ended_at'>[]): number {
  return tries.reduce((sum, { ended_at: endedAt }, index) => {
    const [end, next] = [timeOf(endedAt), timeOf(tries[index + 1]?.started_at)];
    return end === null || next === null ? sum : sum + Math.max(0, next - end);
  }, 0);
}

/** The phases in the order of the run. */
export function inOrder(phases: readonly OwnPhase[]): OwnPhase[] {
  return phases.toSorted((a, b) => a.index - b.index);
}

/** The phase that a role of a run with phases of its own worked on at `ms`: as one owns it, else as its events name one. */
export function phaseOfStep(
  { ownPhases, roles }: Pick<AdwState, 'ownPhases' | 'roles'>,
  turns: readonly PhaseTurn[],
  role: string,
  ms: number | null,
): string | null {
  const told = entryOf(roles, role)?.phase ?? null;
  return phaseAt(turns, role, ms) ?? (ownPhases.some(({ name }) => name === told) ? told : null);
}
