import { type EventType, isEventType } from '../event/types.ts';
import * as agent from './fold-agent.ts';
import * as files from './fold-files.ts';
import * as run from './fold-run.ts';
import { type FoldStep, isGuessed } from './fold-step.ts';
import { taskUpdate } from './fold-task.ts';
import { earlier, type Fields, fieldsOf, later, textOf, timeOf } from './read.ts';
import type { AdwState } from './state.ts';

export { summarize } from './summary.ts';

/** Names the fold's code: a snapshot of another version is ignored. Raise it whenever the fold or its state change. */
export const FOLD_VERSION = 13;

/** What the fold looks at of an event of the log. */
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
} as const satisfies Record<EventType, Handler>;

/**
 * Applies one event, in place, and returns the same state. Events at or before `lastSeq` change nothing, so that a
 * stretch of the log may be applied twice. No clock, no disk: the same events give the same state everywhere.
 */
export function applyEvent(state: AdwState, event: FoldEvent): AdwState {
  if (event.seq <= state.lastSeq) return state;
  state.lastSeq = event.seq;
  // The server's own conclusion is no sign of life: counting it would keep a stalled run from ever being stalled.
  if (event.type === 'adw_status') return state;
  const data = fieldsOf(event.data);
  // An event of which nothing says when it was has the time 0.
  const ms = timeOf(data.timestamp) || null;
  state.counts.events += 1;
  state.firstMs = earlier(state.firstMs, ms);
  const id = textOf(data.event_id, 256);
  // Of events at one time the one with the larger id, so that the order of arrival decides nothing.
  if (ms !== null && (ms > (state.lastMs ?? -1) || (ms === state.lastMs && (id ?? '') > (state.lastId ?? '')))) {
    state.lastMs = ms;
    state.lastId = id;
  }
  const isSeen = data.event_type !== 'execution_log' && !(OF_DIRECTORIES.has(event.type) && isGuessed(data.timing));
  if (isSeen) state.lastSeenMs = later(state.lastSeenMs, ms);
  if (!isOfFileTime(event.type, data)) {
    state.written.firstMs = earlier(state.written.firstMs, ms);
    state.written.lastMs = later(state.written.lastMs, ms);
  }
  countTiming(state, event.type, data.timing);
  // A log that a newer server wrote may hold types that this build does not know.
  const handle: Handler = isEventType(event.type) ? HANDLERS[event.type] : counted;
  handle({ state, type: event.type, seq: event.seq, id, ms, data });
  return state;
}

/** Events that have the time of a role's directory where no watch saw the directory appear: copying a tree sets that time anew. */
const OF_DIRECTORIES: ReadonlySet<string> = new Set(['agent_created', 'workflow_phase_transition', 'stage_transition']);

/** Whether an event has the time of a file or a directory, which a copy sets anew, and not of something in it. */
function isOfFileTime(type: string, { timing, source }: Fields): boolean {
  return isGuessed(timing) && type !== 'workflow_log' && textOf(fieldsOf(source).fingerprint) === null;
}

/** Raw lines repeat what others say, and a workflow's own log is timed even where what agents did is not. */
const TIMED_BESIDE: ReadonlySet<string> = new Set(['agent_output_chunk', 'agent_log', 'workflow_log']);

function countTiming({ times }: AdwState, type: string, timing: unknown): void {
  if (typeof timing !== 'string' || TIMED_BESIDE.has(type)) return;
  times.known += 1;
  if (timing === 'estimated' || timing === 'unknown') times.guessed += 1;
}

/** The state of an ADW before its first event. */
export function initialState(adwId: string): AdwState {
  return {
    adwId,
    lastSeq: 0,
    firstMs: null,
    lastMs: null,
    lastId: null,
    lastSeenMs: null,
    written: { firstMs: null, lastMs: null },
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
    tools: {},
    calls: { posted: [], recent: [] },
    files: {},
    screenshots: [],
    specs: [],
    todos: {},
    beyondLimits: 0,
  };
}
