import { BoundedMap } from '../base/bounded-map.ts';

/** Characters of a phase's name, which comes from outside. */
export const PHASE_CHARS_MAX = 80;

/** The name under which a summary gathers what belongs to no phase. */
export const NO_PHASE = 'other';

/** The phases of a classic workflow, in the order in which it runs them. A run may name others of its own. */
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
const PHASE_PREFIXES: Readonly<Record<string, Phase>> = {
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
  plan_implement: 'build',
  build_valid: 'test',
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

/**
 * The phases that a workflow runs, by its name (`adw_plan_build_iso`: plan and build; `adw_sdlc`: all but shipping). Empty
 * where the name tells of none.
 */
export function phasesOfWorkflow(name: string): readonly Phase[] {
  const words = name.toLowerCase().split(/[^a-z]+/);
  if (words.includes('zte')) return PHASES;
  if (words.includes('sdlc')) return PHASES.filter(phase => phase !== 'ship');
  return PHASES.filter(phase => words.some(word => longestPrefix(word, PHASE_PREFIXES) === phase));
}

/** Whether one workflow runs all phases of another and more: the other is a part of it. */
export function isWider(name: string, part: string): boolean {
  const [phases, own] = [phasesOfWorkflow(name), phasesOfWorkflow(part)];
  return own.length > 0 && phases.length > own.length && own.every(phase => phases.includes(phase));
}

/** The name of the widest workflow that runs `part`, among `names`; `part` itself where it is a part of none. */
export function wholeOf(part: string, names: readonly string[]): string {
  return names.reduce((whole, name) => (isWider(name, whole) ? name : whole), part);
}

/**
 * The order in which workflows run their roles, as patterns of whole names without their numbers; every workflow script
 * and every history looked at agrees. The first that matches counts.
 */
const WORKFLOW_ORDER: readonly RegExp[] = [
  /^(?:worktree|.*worktree-creator|.*(?:fetcher|get_\w*tasks?)|bootstrap|scout)/,
  /^(?:issue_classif|classif|clarif)/,
  /^branch/,
  /^ops/,
  /^(?:plan_find|find_plan)/,
  /^(?:plan_implement|sdlc_implement|implement|build(?!_valid)|adw_build)/,
  /^(?:build_valid|validat)/,
  /^(?:test|e2e|adw_test)/,
  /^(?:review|sdlc_review|in_loop_review|patch|adw_review|adw_patch|.*audit)/,
  /^(?:document|sdlc_document|adw_document)/,
  /^(?:kpi|ship|merg|adw_ship|conflict_resolv|complet)/,
  /updat/,
];
/** Where the planners stand, in between: before the roles that search for their plan, and before those that build by it. */
const FINDER = WORKFLOW_ORDER.findIndex(pattern => pattern.test('plan_finder'));
const PLANNER = /^(?:sdlc_plan|plan(?:ner)?|adw_plan|quick_plan|bug_plan|feature_plan|chore_plan)/;

/**
 * Where a role stands in a workflow: smaller runs earlier. `X_committer` comes after X and what belongs to X; a role that
 * the order does not know comes last. For trees whose file times say nothing, such as a fresh clone.
 */
export function workflowRank(role: string): number {
  const known = RANKS.get(role);
  if (known !== undefined) return known;
  const rank = rankOf(role);
  RANKS.set(role, rank);
  return rank;
}

/** Ranks found so far: a judgement of many roles compares each with each. */
const RANKS = new BoundedMap<string, number>(1_000);

function rankOf(role: string): number {
  if (role.startsWith('pr_creator')) return FINDER + 0.75;
  const rank = WORKFLOW_ORDER.findIndex(pattern => pattern.test(role));
  if (rank < 0 && PLANNER.test(role)) return role.endsWith('_committer') ? FINDER + 0.5 : FINDER - 0.5;
  if (rank < 0) return WORKFLOW_ORDER.length;
  return role.endsWith('_committer') ? rank + 0.5 : rank;
}
