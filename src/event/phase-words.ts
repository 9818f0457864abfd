/** What does the work of a phase: an agent, or the workflow's own code. */
export const PHASE_KINDS = ['agent', 'code'] as const;
/** One of {@link PHASE_KINDS}. */
export type PhaseKind = (typeof PHASE_KINDS)[number];

/** What a workflow says of one of its phases. */
export const PHASE_STATES = ['pending', 'running', 'completed', 'failed', 'skipped'] as const;
/** One of {@link PHASE_STATES}. */
export type PhaseState = (typeof PHASE_STATES)[number];
