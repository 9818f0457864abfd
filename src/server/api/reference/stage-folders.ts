/** The stages whose logs the reference shows, and the role directories that each looks into; the first that exists wins. */
const STAGE_FOLDERS = {
  plan: ['sdlc_planner', 'adw_plan_iso', 'planner'],
  build: ['sdlc_implementor', 'adw_build_iso', 'implementor', 'sdlc_implementor_committer'],
  test: ['tester', 'adw_test_iso', 'e2e_test_runner_*', 'test_resolver_*'],
  review: ['reviewer', 'adw_review_iso', 'in_loop_review_*'],
  document: ['documenter', 'adw_document_iso', 'ops'],
  patch: ['patch_planner', 'patch_implementor', 'adw_patch_iso'],
} as const satisfies Record<string, readonly string[]>;

/** A stage of {@link STAGE_FOLDERS}. */
export type LogStage = keyof typeof STAGE_FOLDERS;

/** The names of {@link STAGE_FOLDERS}. */
export const LOG_STAGES = Object.keys(STAGE_FOLDERS) as readonly LogStage[];

/** Whether `stage` has logs. */
export function isLogStage(stage: string): stage is LogStage {
  return Object.hasOwn(STAGE_FOLDERS, stage);
}

/** The role whose log is the stage's, among the roles that an ADW has. A name that ends in `*` is a prefix. */
export function stageFolder(stage: LogStage, roles: readonly string[]): string | undefined {
  const sorted = [...roles].sort();
  for (const name of STAGE_FOLDERS[stage]) {
    const found = name.endsWith('*')
      ? sorted.find(role => role.startsWith(name.slice(0, -1)))
      : sorted.find(role => role === name);
    if (found !== undefined) return found;
  }
  return undefined;
}
