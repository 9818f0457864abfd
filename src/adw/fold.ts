import { type EventType, isConclusion, isEventType } from '../event/types.ts';
import * as agent from './fold-agent.ts';
import * as files from './fold-files.ts';
import * as phases from './fold-phases.ts';
import { processUpdate } from './fold-processes.ts';
import * as run from './fold-run.ts';
import type { FoldStep } from './fold-step.ts';
import { taskUpdate } from './fold-task.ts';
import { passed } from './fold-times.ts';
import { type Fields, fieldsOf, textOf, timeOf } from './read.ts';
import type { AdwState } from './state.ts';

export { summarize } from './summary.ts';

/** Names the fold's code: a snapshot of another version is ignored. Raise it whenever the fold or its state change. */
export const FOLD_VERSION = 18;

/** What the fold reads of an event of the log. */
export interface FoldEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

type Handler = (step: FoldStep) => void;

/** An event that is counted, and dates the last sign of life. */
const counted: Handler = () => undefined;

/** What each type of event does to the state. */
const HANDLERS = {
  attempt_started: agent.attemptStarted,
  session_started: agent.sessionStarted,
  session_ended: agent.sessionEnded,
  usage_update: agent.usageUpdate,
  tool_use_pre: agent.toolUsePre,
  tool_use_post: agent.toolUsePost,
  thinking_block: agent.spoke,
  text_block: agent.spoke,
  malformed_line: agent.malformedLine,
  agent_output_chunk: agent.outputChunk,
  agent_created: agent.agentCreated,
  agent_log: agent.logEntry,
  workflow_log: agent.logEntry,
  task_update: taskUpdate,
  phase_update: phases.phaseUpdate,
  gate_result: phases.gateResult,
  process_update: processUpdate,
  todo_update: files.todoUpdate,
  file_changed: files.fileChanged,
  screenshot_available: files.screenshotAvailable,
  spec_created: files.specCreated,
  status_update: run.statusUpdate,
  stage_transition: run.stageTransition,
  workflow_phase_transition: run.phaseTransition,
  agent_updated: run.stateFile,
  agent_summary_update: counted,
  summary_update: counted,
  agent_deleted: counted,
  agent_status_change: counted,
  orchestrator_updated: counted,
  system_log: counted,
  chat_message: counted,
  chat_stream: counted,
  artifact: counted,
  adw_status: counted,
  alarm: counted,
} as const satisfies Record<EventType, Handler>;

/**
 * Applies one event, in place, and returns the same state. Events at or before `lastSeq` change nothing, so that a
 * stretch of the log may be applied twice. No clock, no disk: the same events give the same state everywhere.
 */
export function applyEvent(state: AdwState, event: FoldEvent): AdwState {
  if (event.seq <= state.lastSeq) return state;
  state.lastSeq = event.seq;
  // The server's own conclusions are no signs of life: counting them would keep a stalled run from ever being stalled.
  if (isConclusion(event.type)) return state;
  const data = fieldsOf(event.data);
  // An event of which nothing says when it was has the time 0.
  const ms = (event.type === 'phase_update' ? phaseMs(data) : timeOf(data.timestamp)) || null;
  state.counts.events += 1;
  const step: FoldStep = { state, type: event.type, seq: event.seq, id: textOf(data.event_id, 256), ms, data };
  // A log that a newer server wrote may hold types that this build does not know.
  const handle: Handler = isEventType(event.type) ? HANDLERS[event.type] : counted;
  handle(step);
  passed(step);
  return state;
}

/** When what a workflow says of a phase happened: a sidecar reads it later than that. A phase that has not begun is no sign of life. */
function phaseMs({ ended_at, started_at }: Fields): number | null {
  return timeOf(ended_at) ?? timeOf(started_at);
}

/** The state of an ADW before its first event. */
export function initialState(adwId: string): AdwState {
  return {
    adwId,
    lastSeq: 0,
    firstMs: null,
    firstWrittenMs: null,
    newest: { ms: null, id: null, seenMs: null, writtenMs: null, knownMs: null },
    times: { known: 0, guessed: 0 },
    counts: {
      events: 0,
      lines: 0,
      tools: 0,
      toolErrors: 0,
      logErrors: 0,
      malformedLines: 0,
      lostBytes: 0,
      linesAdded: 0,
      linesRemoved: 0,
    },
    ticket: {
      title: null,
      prompt: null,
      planTitle: null,
      asked: {},
      pullRequest: null,
      issueNumber: null,
      issueClass: null,
      branch: null,
      commit: null,
      workflow: null,
      modelSet: null,
      planFile: null,
      worktree: null,
    },
    words: {},
    logs: {},
    roles: {},
    sessions: {},
    phases: {},
    ownPhases: [],
    gates: [],
    processes: [],
    tools: {},
    calls: { posted: [], recent: [] },
    failing: {},
    changedMs: null,
    files: {},
    screenshots: [],
    specs: [],
    todos: {},
    beyondLimits: 0,
  };
}
