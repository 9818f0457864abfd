/** The phases of an ADW, in the order a workflow runs them. */
export const PHASES = ['plan', 'build', 'test', 'review', 'document', 'ship'] as const;

/** One of {@link PHASES}. A role that belongs to none has no phase. */
export type Phase = (typeof PHASES)[number];

/** Stages of the reference's board that may appear in a `stage_transition`. */
export const STAGES = [
  'backlog',
  'plan',
  'build',
  'test',
  'review',
  'document',
  'ready-to-merge',
  'pr',
  'completed',
  'errored',
] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];

/** Role prefix → phase; the longest matching prefix wins. Kept as data so that a configuration can override it. */
export const PHASE_PREFIXES: Readonly<Record<string, Phase>> = {
  sdlc_planner: 'plan',
  sdlc_implementor: 'build',
  sdlc_reviewer: 'review',
  sdlc_documenter: 'document',
  adw_plan: 'plan',
  adw_build: 'build',
  adw_test: 'test',
  adw_review: 'review',
  adw_document: 'document',
  adw_ship: 'ship',
  adw_patch: 'review',
  issue_classif: 'plan',
  in_loop_review: 'review',
  classif: 'plan',
  branch: 'plan',
  plan: 'plan',
  implement: 'build',
  build: 'build',
  test: 'test',
  e2e: 'test',
  review: 'review',
  patch: 'review',
  document: 'document',
  ship: 'ship',
  merge: 'ship',
};

/**
 * The phase a role directory belongs to, by prefix; `X_committer` belongs to X. Undefined where nothing matches.
 * @param overrides prefixes from the configuration, which win over {@link PHASE_PREFIXES}
 */
export function phaseOfRole(role: string, overrides: Readonly<Record<string, Phase>> = {}): Phase | undefined {
  return longestPrefix(role, overrides) ?? longestPrefix(role, PHASE_PREFIXES);
}

function longestPrefix(role: string, prefixes: Readonly<Record<string, Phase>>): Phase | undefined {
  let found: string | undefined;
  for (const prefix of Object.keys(prefixes)) {
    if (role.startsWith(prefix) && (found === undefined || prefix.length > found.length)) found = prefix;
  }
  return found === undefined ? undefined : prefixes[found];
}

/** The order in which workflows run their roles, by prefix; every workflow script and every history looked at agrees. */
const WORKFLOW_ORDER = [
  ['issue_classif', 'classif'],
  ['branch'],
  ['ops', 'worktree'],
  ['sdlc_planner', 'plan', 'adw_plan'],
  ['pr_creator'],
  ['sdlc_implementor', 'implement', 'build', 'adw_build'],
  ['test', 'e2e', 'adw_test'],
  ['review', 'sdlc_reviewer', 'in_loop_review', 'patch', 'adw_review', 'adw_patch'],
  ['document', 'sdlc_documenter', 'adw_document'],
  ['ship', 'merge', 'adw_ship'],
] as const;

/**
 * Where a role stands in a workflow: smaller runs earlier. `X_committer` comes right after X; a role nobody knows comes
 * last. For trees whose file times say nothing, such as a fresh clone.
 */
export function workflowRank(role: string): number {
  const rank = WORKFLOW_ORDER.findIndex(prefixes => prefixes.some(prefix => role.startsWith(prefix)));
  if (rank < 0) return WORKFLOW_ORDER.length;
  return role.endsWith('_committer') ? rank + 0.5 : rank;
}
