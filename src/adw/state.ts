import type { Phase } from './phase.ts';

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

/** The derived state of a phase. */
export type PhaseStatus = 'pending' | 'running' | 'completed' | 'failed' | 'skipped' | 'ended_without_result';
/** The derived state of a role. */
export type RoleStatus = 'pending' | 'running' | 'stalled' | 'completed' | 'failed' | 'ended_without_result';
/** The derived state of an ADW. */
export type AdwStatus = RoleStatus;
/** How the state of a phase is known; the first that speaks wins. */
export type PhaseSource = 'stage_event' | 'state_file' | 'roles';

/** The answer of `GET /api/v1/adws/:id`. Times are UTC timestamps, durations ms, costs US dollars. */
export interface AdwSummary {
  adw_id: string;
  status: AdwStatus;
  /** Why it has this status, in one sentence fit to show. */
  why: string;
  title: string | null;
  issue_number: string | null;
  issue_class: string | null;
  branch: string | null;
  workflow: string | null;
  model_set: string | null;
  plan_file: string | null;
  worktree: string | null;
  /** The phase of what is running, else of what ran last. */
  phase: string | null;
  phases: PhaseSummary[];
  roles: RoleSummary[];
  totals: TotalsSummary;
  models: ModelSummary[];
  tools: ToolSummary[];
  files: FileSummary[];
  screenshots: ShownFileSummary[];
  specs: ShownFileSummary[];
  todos: TodoSummary[];
  /** What it is doing now; null when nothing runs. */
  activity: (ActivitySummary & { role: string }) | null;
  first_event_at: string | null;
  last_event_at: string | null;
  /**
   * From the first event to the last, or to now while it runs. Where most times are guessed from file times, which a
   * checkout sets anew, the sum of what its agents took; null when not even that is known.
   */
  elapsed_ms: number | null;
  last_seq: number;
  /** Entries that limits kept out of the lists above; their counts are in the totals all the same. */
  beyond_limits: number;
}

/** Tokens on the wire. */
export interface TokensSummary {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
}

/** Totals on the wire. `errors` is the sum of failed tools, ERROR log entries and malformed lines. */
export interface TotalsSummary extends TokensSummary {
  events: number;
  lines: number;
  tools: number;
  errors: number;
  tool_errors: number;
  log_errors: number;
  malformed_lines: number;
  lost_bytes: number;
  lines_added: number;
  lines_removed: number;
  cost_usd: number;
  /** Whether part of the cost or tokens is worked out from usage, because a session has no `result` (yet). */
  cost_estimated: boolean;
}

/** One phase. Those that nothing is known of are `pending`. */
export interface PhaseSummary {
  name: Phase | 'other';
  status: PhaseStatus;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  cost_usd: number;
  cost_estimated: boolean;
  /** The highest attempt of its roles; 0 when none ran. */
  attempts: number;
  roles: string[];
  /** How its state is known; null for one that nothing is known of. */
  source: PhaseSource | null;
}

/** What an agent is doing. */
export interface ActivitySummary {
  kind: 'tool' | 'thinking' | 'text';
  /** The tool's name, null when no tool is open. */
  tool: string | null;
  /** The tool's key argument on one line. */
  argument: string;
  since: string | null;
}

/** One role with its attempts. */
export interface RoleSummary extends TokensSummary {
  role: string;
  phase: string | null;
  status: RoleStatus;
  started_at: string | null;
  ended_at: string | null;
  last_event_at: string | null;
  activity: ActivitySummary | null;
  tools: number;
  errors: number;
  cost_usd: number;
  cost_estimated: boolean;
  attempts: AttemptSummary[];
}

/** One attempt of a role. */
export interface AttemptSummary extends TokensSummary {
  attempt: number;
  reason: string;
  status: RoleStatus;
  outcome: string | null;
  session_ids: string[];
  model: string | null;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  api_duration_ms: number | null;
  turns: number;
  permission_denials: number;
  tools: number;
  tool_errors: number;
  errors: number;
  malformed_lines: number;
  lost_bytes: number;
  cost_usd: number;
  cost_estimated: boolean;
  open_tools: (ActivitySummary & { tool_use_id: string })[];
  sub_agents: SubAgentSummary[];
}

/** One sub-agent. Its tokens are part of its role's, not beside them. */
export interface SubAgentSummary extends TokensSummary {
  tool_use_id: string;
  parent_tool_use_id: string | null;
  type: string;
  description: string;
  status: RoleStatus;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  tools: number;
  tool_errors: number;
}

/** What one model used in the sessions that ended. */
export interface ModelSummary extends TokensSummary {
  model: string;
  cost_usd: number;
}

/** Calls of one tool. */
export interface ToolSummary {
  tool: string;
  calls: number;
  errors: number;
  duration_ms: number;
}

/** A file that tools changed. */
export interface FileSummary {
  path: string;
  operation: string;
  role: string | null;
  lines_added: number;
  lines_removed: number;
  changes: number;
  first_at: string | null;
  last_at: string | null;
}

/** A screenshot or a spec. */
export interface ShownFileSummary {
  path: string;
  kind: string;
  url: string | null;
  role: string | null;
  at: string | null;
  versions: number;
}

/** The latest todo list of a role. */
export interface TodoSummary {
  role: string;
  at: string | null;
  done: number;
  items: { content: string; state: string }[];
}
