/** Every state of a run and of a role; only a run can be `between_roles`. `docs/states.md` says what leads to each. */
export const STATES = [
  'pending',
  'running',
  'waiting',
  'between_roles',
  'stalled',
  'completed',
  'failed',
  'ended_without_result',
] as const;

/** One of {@link STATES}. */
export type RunState = (typeof STATES)[number];
