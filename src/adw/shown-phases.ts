import { NO_PHASE } from './phase.ts';
import type { PhaseSummary } from './summary-shape.ts';

/** Whether a run names its phase itself: then all of them are shown, also before they begin. */
export function isOwn({ source }: { readonly source?: PhaseSummary['source'] | undefined }): boolean {
  return source === 'workflow';
}

/**
 * The phases that have a place in strips, tables and lists: what has begun, what the run names, and classic phases that may still come.
 * Of a run whose roles belong to none of these, nothing says that any will come; `ship` has a place once it begins, for few
 * workflows run it. Pure.
 */
export function shownPhases<Phase extends Pick<PhaseSummary, 'name' | 'status' | 'source'>>(
  phases: readonly Phase[],
): Phase[] {
  const hasBegun = ({ status }: Phase) => status !== 'pending';
  const isOther = ({ name }: Phase) => name === NO_PHASE;
  const isClassic = !phases.some(isOther) || phases.some(phase => !isOther(phase) && phase.source !== null);
  const mayCome = (phase: Phase) => isClassic && !isOther(phase) && phase.name !== 'ship';
  return phases.filter(phase => hasBegun(phase) || isOwn(phase) || mayCome(phase));
}
