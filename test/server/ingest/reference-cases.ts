import { AGENT_STATE } from './reference-cases/agent-state-update.ts';
import { ANNOUNCEMENTS } from './reference-cases/announcements.ts';
import type { Case } from './reference-cases/case.ts';
import { SINGLE_EVENTS } from './reference-cases/single-events.ts';
import { STAGE_EVENTS } from './reference-cases/stage-event.ts';
import { WORKFLOW_UPDATES } from './reference-cases/workflow-updates.ts';

export type { Case } from './reference-cases/case.ts';

/** The table of the reference's ingest routes, row by row. */
export const CASES: readonly Case[] = [
  ...WORKFLOW_UPDATES,
  ...STAGE_EVENTS,
  ...AGENT_STATE,
  ...ANNOUNCEMENTS,
  ...SINGLE_EVENTS,
];
