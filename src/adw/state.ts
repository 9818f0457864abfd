import type { PhaseStatus } from './summary-shape.ts';
import type { TaskState } from './task-state.ts';

/**
 * What a fold of an ADW's events holds: plain JSON, so that a snapshot is `JSON.stringify` and nothing else. Times are
 * ms since the Unix epoch, `null` where unknown. Thousands of tool calls become counts; only open ones are kept singly.
 */
export interface AdwState {
  readonly adwId: string;
  /** seq of the newest event applied; older ones are ignored. */
  lastSeq: number;
  firstMs: number | null;
  /** Time of the newest sign of life; the server's own `adw_status` is none. */
  lastMs: number | null;
  /** Events of agents that say how their time is known, and those of them whose time is guessed from file times. */
  times: { known: number; guessed: number };
  counts: Counts;
  ticket: Ticket;
  workflow: WorkflowWord | null;
  logEnd: LogEnd | null;
  /** By role name, in the order in which they were first seen. */
  roles: Record<string, RoleState>;
  /** By session id (or `role#attempt` where a session never named itself). */
  sessions: Record<string, SessionState>;
  /** What was said about phases: by POSTed stage events and by the state file. Activity of roles is kept with the roles. */
  phases: Record<string, PhaseWords>;
  tools: Record<string, ToolTotals>;
  files: Record<string, FileTouched>;
  screenshots: ShownFile[];
  specs: ShownFile[];
  todos: Record<string, TodoList>;
  /** Entries that a limit of `fold.ts` kept out of the collections above. */
  beyondLimits: number;
}

/** Totals over the whole ADW. */
export interface Counts {
  events: number;
  /** Lines that raw chunks completed. */
  lines: number;
  tools: number;
  toolErrors: number;
  /** Log entries of level ERROR. */
  logErrors: number;
  malformedLines: number;
  lostBytes: number;
  linesAdded: number;
  linesRemoved: number;
}

/** What the state file says about the ticket. */
export interface Ticket {
  title: string | null;
  issueNumber: string | null;
  issueClass: string | null;
  branch: string | null;
  workflow: string | null;
  modelSet: string | null;
  planFile: string | null;
  worktree: string | null;
}

/** The last thing that somebody above the roles said about the whole run. */
export interface WorkflowWord {
  readonly status: 'running' | 'completed' | 'failed';
  readonly said: string;
  readonly seq: number;
  readonly ms: number | null;
}

/** The newest entry of `execution.log`, which a workflow writes between its roles and after them. */
export interface LogEnd {
  /** What it says if it is an error. */
  readonly error: string | null;
  readonly ms: number | null;
}

/** One role directory. */
export interface RoleState {
  readonly role: string;
  phase: string | null;
  firstMs: number | null;
  lastMs: number | null;
  attempts: AttemptState[];
}

/** One file generation of a role: one run of its agent. */
export interface AttemptState {
  readonly attempt: number;
  reason: string;
  startedMs: number | null;
  startedSeq: number;
  lastMs: number | null;
  lastSeq: number;
  /** Set by the final result; cleared when the session goes on after it. */
  endedMs: number | null;
  outcome: 'success' | 'error' | null;
  /** How it ended, in the result's own words; cut. */
  outcomeText: string | null;
  sessionIds: string[];
  tools: number;
  toolErrors: number;
  errors: number;
  malformedLines: number;
  lostBytes: number;
  open: OpenTool[];
  /** What the agent did last, when no tool is open. */
  lastKind: 'thinking' | 'text' | null;
  subAgents: SubAgentState[];
  /** By `task_update`s, in the order in which they were first seen. */
  tasks: TaskState[];
}

/** A tool call without a result yet. */
export interface OpenTool {
  readonly id: string;
  readonly tool: string;
  /** The key argument on one line, cut. */
  readonly argument: string;
  readonly sinceMs: number | null;
  readonly parent: string | null;
}

/** A Task or Agent call. Its tokens and cost are within its session's. */
export interface SubAgentState {
  readonly id: string;
  readonly parent: string | null;
  type: string;
  description: string;
  startedMs: number | null;
  lastMs: number | null;
  endedMs: number | null;
  outcome: 'success' | 'error' | null;
  tools: number;
  toolErrors: number;
  tokens: Tokens;
}

/** Token counts. */
export interface Tokens {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** One session of Claude Code. Costs and tokens of a session are running totals: the newest holds, sums would be wrong. */
export interface SessionState {
  readonly role: string;
  readonly attempt: number;
  model: string | null;
  startedMs: number | null;
  /** From `result` lines; they time one segment each, so they add up. */
  durationMs: number;
  apiDurationMs: number;
  turns: number;
  denials: number;
  /** From the last `result`. */
  final: { tokens: Tokens; costUsd: number | null; models: Record<string, ModelTotals> } | null;
  /** From the `usage_update`s so far, sub-agents included. `own` are the newest totals of the session without them. */
  estimate: { tokens: Tokens; own: Tokens; costUsd: number } | null;
  /** Whether usage came in after the last `result`: then the larger of the two holds until the next one. */
  goesOn: boolean;
}

/** What one model used, as the last `result` of a session says. */
export interface ModelTotals {
  tokens: Tokens;
  costUsd: number;
}

/** What was said about one phase, beside the activity of its roles. */
export interface PhaseWords {
  stage: PhaseWord | null;
  state: PhaseWord | null;
}

/** One source's word about one phase. */
export interface PhaseWord {
  status: PhaseStatus;
  startedMs: number | null;
  endedMs: number | null;
}

/** Calls of one tool. */
export interface ToolTotals {
  calls: number;
  errors: number;
  /** Sum over the calls whose duration is known. */
  durationMs: number;
}

/** A file that tools changed. */
export interface FileTouched {
  operation: string;
  role: string | null;
  linesAdded: number;
  linesRemoved: number;
  changes: number;
  firstMs: number | null;
  lastMs: number | null;
}

/** A screenshot or a spec, newest version. */
export interface ShownFile {
  readonly path: string;
  kind: string;
  url: string | null;
  readonly role: string | null;
  ms: number | null;
  versions: number;
}

/** The latest list of one role. */
export interface TodoList {
  ms: number | null;
  items: { content: string; state: string }[];
}
