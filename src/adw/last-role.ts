import { OTHER_ROLE } from './fold-step.ts';
import { workflowRank } from './phase.ts';
import type { RoleState } from './state.ts';

/** Roles whose last signs of life lie closer together were not told apart by them: a checkout wrote their files. ms */
export const TOGETHER_MS = 5_000;

/**
 * The one that was active last: by time where times are known, and among those that a checkout or a copy gave one time
 * by where workflows run them. The order of `items` decides nothing.
 */
export function lastRole<Item extends { readonly role: RoleState }>(items: readonly Item[]): Item | undefined {
  const latest = Math.max(...items.map(({ role }) => timeOf(role)));
  const together = items.filter(({ role }) => latest - timeOf(role) < TOGETHER_MS);
  const isTimed = together.every(({ role }) => !isGuessed(role));
  return together
    .toSorted(
      ({ role: a }, { role: b }) =>
        (isTimed ? timeOf(a) - timeOf(b) : 0) || placeOf(a) - placeOf(b) || timeOf(a) - timeOf(b) || byName(a, b),
    )
    .at(-1);
}

/** The last sign of life of a role's work: files beside it, such as screenshots, are none. */
function timeOf({ attempts, prompt, said, lastMs }: RoleState): number {
  const newest = attempts.at(-1);
  return (newest === undefined ? (said?.ms ?? prompt?.ms ?? lastMs) : newest.lastMs) ?? 0;
}

/** Whether its newest time was worked out from file times, as those of prompts always are. */
function isGuessed({ attempts }: RoleState): boolean {
  return attempts.at(-1)?.isGuessed ?? true;
}

/** Events that name no role come first: they are of no step of a workflow. */
function placeOf({ role }: RoleState): number {
  return role === OTHER_ROLE ? -1 : workflowRank(role);
}

function byName(a: RoleState, b: RoleState): number {
  return a.role < b.role ? -1 : 1;
}
