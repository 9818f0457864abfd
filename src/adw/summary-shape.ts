import type { PhaseKind, PhaseState } from '../event/phase-words.ts';
import type { RunState } from '../event/run-state.ts';

/** The derived state of a phase. */
export type PhaseStatus = 'pending' | 'running' | 'completed' | 'failed' | 'skipped' | 'ended_without_result';
/** The derived state of a role. */
export type RoleStatus = Exclude<RunState, 'between_roles'>;
/** The derived state of an ADW. */
export type AdwStatus = RunState;
/** How the state of a phase is known; the first that speaks wins. */
export type PhaseSource = 'workflow' | 'stage_event' | 'state_file' | 'roles';

/** The answer of `GET /api/v1/adws/:id`. Times are UTC timestamps, durations ms, costs US dollars. */
export interface AdwSummary {
  adw_id: string;
  status: AdwStatus;
  /** Why it has this status, in one sentence fit to show. */
  why: string;
  /** Ids of the events that say so, the most important first. */
  evidence: string[];
  /** Since when it is so. */
  since: string | null;
  /** Until then nothing but an event can change the status; null where only an event can. */
  next_check_at: string | null;
  /** What it waits for: `permission`, `rate_limit`, `api_retry`, `compaction`, `background_tasks`; null unless it is waiting. */
  waiting: { for: string; until: string | null } | null;
  /** How long silence may last before it means something: what the status was judged with. */
  limits: { stall_timeout_ms: number; settle_ms: number };
  /** What it is about: the issue's title, else what was asked for, the plan's heading, the first prompt, the branch. */
  title: string | null;
  /** Address of the pull request that it made. */
  pull_request: string | null;
  issue_number: string | null;
  issue_class: string | null;
  branch: string | null;
  /** Hash of the last commit that a command of an agent made, where its program says so. */
  commit: string | null;
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
  /** What goes round in circles, the most rounds first; none once it has ended. */
  loops: LoopSummary[];
  first_event_at: string | null;
  last_event_at: string | null;
  /** The newest time that was written, or seen as it was written; null where every time is worked out from files' times. */
  last_known_at: string | null;
  /**
   * The clock from the first that agents did to the last, or to now while it runs; null where nothing tells, as in a
   * checkout, which gives all files one time.
   */
  elapsed_ms: number | null;
  /** Whether its beginning or end was worked out from file times or neighbours, and not seen or written. */
  elapsed_estimated: boolean;
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

/** Cost on the wire. */
export interface CostSummary {
  /** US dollars; null where no price is known of what was used, or nothing says what was. */
  cost_usd: number | null;
  /** Whether part of it or of the tokens is worked out from lines, which tell of less than was used: then both are at least so much. */
  cost_estimated: boolean;
}

/** Totals on the wire. `errors` is the sum of failed tools, ERROR log entries and malformed lines. */
export interface TotalsSummary extends TokensSummary, CostSummary {
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
}

/** One phase. Those that nothing is known of are `pending`. */
export interface PhaseSummary extends CostSummary {
  /** The run's own name for it, or one of the classic six; `other` for what belongs to none. Comes from outside. */
  name: string;
  status: PhaseStatus;
  /** What does its work; null where the run does not say it. */
  kind: PhaseKind | null;
  /** The role that does its work, by its newest attempt; null where code does, or the run does not say it. */
  owner: string | null;
  /** Why its newest attempt failed. */
  error: string | null;
  started_at: string | null;
  ended_at: string | null;
  /** From its beginning to its end, without the time between its attempts. */
  duration_ms: number | null;
  duration_estimated: boolean;
  /** The highest attempt of it, else of its roles; 0 when none ran. */
  attempts: number;
  /** Each attempt that the run told of; empty where it names no phases of its own. */
  tries: PhaseTrySummary[];
  /** What gates said of it, the oldest first. */
  gates: GateSummary[];
  roles: string[];
  /** How its state is known; null for one that nothing is known of. */
  source: PhaseSource | null;
}

/** One attempt at a phase, as the run told it. */
export interface PhaseTrySummary {
  attempt: number;
  state: PhaseState;
  owner: string | null;
  started_at: string | null;
  ended_at: string | null;
  error: string | null;
}

/** What a gate said. */
export interface GateSummary {
  gate: string;
  /** The attempt of its phase; null where it names none. */
  attempt: number | null;
  passed: boolean;
  /** What it checked, each on one line. */
  checks: string[];
  at: string | null;
  event_id: string | null;
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

/** A call that is made again and again. */
export interface LoopSummary {
  /** `repeated_call`: the same, in a row; `failing_test`: a command that fails again after files were changed. */
  kind: 'repeated_call' | 'failing_test';
  role: string;
  tool: string;
  /** The tool's key argument on one line. */
  argument: string;
  /** How often it was called in a row, or how many changes of files have not helped. */
  count: number;
  /** The event of its first call, or first failure. */
  first_event_id: string | null;
  /** That of the newest. */
  event_id: string | null;
  at: string | null;
}

/** One role with its attempts. */
export interface RoleSummary extends TokensSummary, CostSummary {
  role: string;
  phase: string | null;
  status: RoleStatus;
  /** Why it has this status, in one sentence fit to show. */
  why: string;
  started_at: string | null;
  ended_at: string | null;
  last_event_at: string | null;
  activity: ActivitySummary | null;
  tools: number;
  errors: number;
  attempts: AttemptSummary[];
}

/** One attempt of a role. */
export interface AttemptSummary extends TokensSummary, CostSummary {
  attempt: number;
  reason: string;
  status: RoleStatus;
  outcome: string | null;
  session_ids: string[];
  model: string | null;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  /** Whether it was worked out; see `elapsed_estimated`. */
  duration_estimated: boolean;
  api_duration_ms: number | null;
  turns: number;
  permission_denials: number;
  tools: number;
  tool_errors: number;
  errors: number;
  malformed_lines: number;
  lost_bytes: number;
  open_tools: (ActivitySummary & { tool_use_id: string })[];
  /** Every task behind the one that launched it. */
  tasks: TaskSummary[];
}

/** How a task is. `unfinished`: it never ended, and its agent writes no more. */
export type TaskStateWord = 'running' | 'completed' | 'failed' | 'stopped' | 'unfinished';

/** One task of an agent: a sub-agent, a shell command, a workflow. Its tokens and cost are part of its role's, not beside them. */
export interface TaskSummary {
  /** The agent program's own id; null where it gave none. */
  task_id: string | null;
  /** The call that launched it. */
  tool_use_id: string | null;
  /** The task whose agent launched it; null for what the main agent launched. */
  parent_task_id: string | null;
  parent_tool_use_id: string | null;
  /** `local_agent`, `local_bash`, … */
  task_type: string;
  subagent_type: string;
  description: string;
  /** 1 for what the main agent launched, one more for each agent in between. */
  depth: number;
  /** Whether its agent goes on while it runs. */
  is_background: boolean;
  state: TaskStateWord;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  tools: number;
  tool_errors: number;
  /** As the agent program counts them, else those of its lines; null where neither tells. */
  total_tokens: number | null;
  /** At list price, of what its lines show: a lower bound. null where nothing is known. */
  cost_usd: number | null;
  /** What it does, while it runs. */
  progress: string;
  /** The text that it ended with, cut. */
  result: string | null;
  error: string | null;
}

/** What one model used. */
export interface ModelSummary extends TokensSummary, CostSummary {
  model: string;
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
  /** null where a change does not say which lines it changed. */
  lines_added: number | null;
  lines_removed: number | null;
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
