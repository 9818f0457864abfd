import { agentStateUpdate } from './agent-state-update.ts';
import { agentOutputChunk, screenshotAvailable, specCreated, workflowPhaseTransition } from './announcements.ts';
import type { Translate } from './request.ts';
import { agentLogEntry, agentThinking, fileOperation, toolExecution } from './single-events.ts';
import { stageEvent } from './stage-event.ts';
import { workflowUpdates } from './workflow-updates.ts';

/** The ingest routes of the project that this one comes from, under `/api/`: how each body becomes events and an answer. */
export const REFERENCE_ROUTES = {
  'workflow-updates': workflowUpdates,
  'stage-event': stageEvent,
  'agent-state-update': agentStateUpdate,
  'workflow-phase-transition': workflowPhaseTransition,
  'agent-output-chunk': agentOutputChunk,
  'screenshot-available': screenshotAvailable,
  'spec-created': specCreated,
  'agent-log-entry': agentLogEntry,
  'file-operation': fileOperation,
  'agent-thinking': agentThinking,
  'tool-execution': toolExecution,
} as const satisfies Record<string, Translate>;

/** A key of {@link REFERENCE_ROUTES}. */
export type ReferenceRoute = keyof typeof REFERENCE_ROUTES;
