import type { AccountState } from './account-state.ts';
import type { GateState, OwnPhase, ProcessState } from './phase-state.ts';
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
  /** The first time that something was written, by more than a file's or a directory's own time. */
  firstWrittenMs: number | null;
  newest: NewestTimes;
  /** Events of agents that say how their time is known, and those of them whose time is guessed from file times. */
  times: { known: number; guessed: number };
  counts: Counts;
  ticket: Ticket;
  /** The newest of what each teller says of the whole run, by teller and workflow. */
  words: Record<string, WorkflowWord>;
  /** How each `execution.log` ends, by the role directory that it lies in. */
  logs: Record<string, LogEnd>;
  /** By role name, in the order in which they were first seen. */
  roles: Record<string, RoleState>;
  /** By session id (or `role#attempt` where a session never named itself): an account for each attempt that it led through. */
  sessions: Record<string, AccountState[]>;
  /** What was said about phases: by POSTed stage events and by the state file. Activity of roles is kept with the roles. */
  phases: Record<string, PhaseWords>;
  /** The phases that the run names itself, in the order in which they were first named; empty for a run that names none. */
  ownPhases: OwnPhase[];
  /** What gates said, the oldest first. */
  gates: GateState[];
  /** Its processes, as their watcher saw them last. */
  processes: ProcessState[];
  tools: Record<string, ToolTotals>;
  calls: ToldCalls;
  /** Commands that failed and have not succeeded since, by their call. */
  failing: Record<string, FailingCommand>;
  /** The newest time at which a file was known to be changed. */
  changedMs: number | null;
  files: Record<string, FileTouched>;
  screenshots: ShownFile[];
  specs: ShownFile[];
  todos: Record<string, TodoList>;
  /** Entries that a limit of `fold.ts` kept out of the collections above. */
  beyondLimits: number;
}

/** The times of the newest events. */
export interface NewestTimes {
  /** Of all; the server's own `adw_status` is none. */
  ms: number | null;
  /** Id of that event. */
  id: string | null;
  /**
   * Without the workflow's own log, whose clock is not always this machine's and has no time zone, and without those of
   * roles' directories.
   */
  seenMs: number | null;
  /** The last time that something was written, by more than a file's or a directory's own time. */
  writtenMs: number | null;
  /** The newest time that was written, or seen as it was written: no file's own, and none of a copy. */
  knownMs: number | null;
}

/** A call that an agent makes again and again. */
export interface LoopCall {
  readonly tool: string;
  readonly argument: string;
  /** The event of the first of them. */
  readonly firstId: string | null;
  /** The event of the newest. */
  readonly eventId: string | null;
  readonly ms: number | null;
}

/** The newest call of one agent. */
export interface RepeatedCall extends LoopCall {
  /** What was called, with which input; null where the event does not have all of it: then it is like no other. */
  readonly key: string | null;
  readonly callId: string;
  /** How often it was made in a row. */
  count: number;
}

/** A command that fails. Its `ms` is null where its time is not known. */
export interface FailingCommand extends LoopCall {
  /** The role that it failed for last. */
  readonly role: string;
  /** How often it failed again after files were changed. */
  readonly fixes: number;
}

/** How a call that a client posted was counted. */
export interface PostedCall {
  readonly id: string;
  readonly role: string;
  readonly attempt: number;
  readonly tool: string;
  failed: boolean;
  durationMs: number;
}

/** Calls of tools by their source: a client that posts, and a watcher that reads the agent's lines, may tell of the same. */
export interface ToldCalls {
  /** Those that clients posted, until the agent's lines tell of them too. */
  posted: PostedCall[];
  /** Ids of the newest that lines told of. */
  recent: string[];
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
  /** What the workflow was asked for, by its own summary. */
  prompt: string | null;
  /** The heading of its oldest plan. */
  planTitle: Told | null;
  /** What the first prompt of each role asks for, by the role; '' for one that was given to none. */
  asked: Record<string, Asked>;
  /** Address of the newest one that a command made, or an agent named at its end. */
  pullRequest: Told | null;
  issueNumber: string | null;
  issueClass: string | null;
  branch: string | null;
  /** Hash of the newest commit that a command made. */
  commit: Told | null;
  workflow: string | null;
  modelSet: string | null;
  planFile: string | null;
  worktree: string | null;
}

/** A text, and when it was told. */
export interface Told {
  readonly text: string;
  readonly ms: number | null;
}

/** What a prompt asks for. */
export interface Asked extends Told {
  /** Whether it stands on a line of its agent: what an agent tells itself there says less than a file that it was given. */
  readonly isLine: boolean;
}

/** The source of the whole run's status: a POSTed event, a file or a database that the workflow left, or the command that was run. */
export type Teller = 'posted' | 'state_file' | 'database' | 'summary_file' | 'command';

/** The newest thing that one teller said about the whole run, or about one workflow of it. */
export interface WorkflowWord {
  readonly teller: Teller;
  /** The workflow that it speaks of; null where it names none. */
  readonly workflow: string | null;
  readonly status: 'running' | 'completed' | 'failed';
  /** In its own words, fit to show; empty where it has none. */
  readonly said: string;
  readonly ms: number | null;
  readonly eventId: string | null;
}

/** The end of one `execution.log`, by the order of its lines: clocks of workflows jump back. */
export interface LogEnd {
  /** The errors that it ends with, the oldest first; empty when its newest entry above DEBUG is none. */
  errors: string[];
  /** Whether its newest entry says that the whole workflow is over. */
  isOver: boolean;
  /** The newest time in it. */
  ms: number | null;
  /** When it was last written to: by its file's time, which a copy sets anew, or by when a line was seen to arrive. */
  writtenMs: number | null;
  eventId: string | null;
}

/** One role directory. */
export interface RoleState {
  readonly role: string;
  phase: string | null;
  firstMs: number | null;
  lastMs: number | null;
  /** When its directory was seen to appear. */
  appearedMs: number | null;
  /** When it was last given a prompt: the earliest sign that it begins. */
  prompt: Moment | null;
  /** How it ended, by a file that its workflow left. */
  said: OutcomeWord | null;
  attempts: AttemptState[];
}

/** What a file beside an agent's lines says of how the agent ended. */
export interface OutcomeWord extends Moment {
  readonly success: boolean;
  readonly text: string;
}

/** When something happened, and the event that says so. */
export interface Moment {
  readonly ms: number | null;
  readonly eventId: string | null;
}

/** One file generation of a role: one run of its agent. */
export interface AttemptState {
  readonly attempt: number;
  reason: string;
  startedMs: number | null;
  startedId: string | null;
  lastMs: number | null;
  lastId: string | null;
  /** Whether its newest time was worked out from file times. */
  isGuessed: boolean;
  /** What its first lines, which name no time, were seen to be: until one that does name one has come. */
  head: { readonly before: NewestTimes; ms: number } | 'told' | null;
  /** How its first time is known: seen or written, worked out, or not at all. */
  startTiming: 'known' | 'estimated' | 'unknown';
  /** Whether its file has held anything. */
  hasLines: boolean;
  /** Set by the final result; cleared when the session goes on after it. */
  endedMs: number | null;
  endedId: string | null;
  /** `unclear`: the agent says success, and what it wrote does not bear it out. */
  outcome: 'success' | 'error' | 'unclear' | null;
  /** How it ended, in the result's own words; cut. */
  outcomeText: string | null;
  sessionIds: string[];
  /** The directory that its agent works in. */
  cwd: string | null;
  tools: number;
  toolErrors: number;
  errors: number;
  malformedLines: number;
  lostBytes: number;
  open: OpenTool[];
  /** The newest call of each agent, by the call that launched it; the main agent's by ''. */
  repeated: Record<string, RepeatedCall>;
  /** What the agent did last, when no tool is open. */
  lastKind: 'thinking' | 'text' | null;
  /** Why it does not go on, while its newest line says so. */
  waiting: WaitState | null;
  /** Sub-agents, and what else runs beside its agent, in the order in which they were first seen. */
  tasks: TaskState[];
  /** Tasks in the background that ended since the newest `init`: the end of one wakes an agent that waited. */
  backgroundEnds: number;
}

/** What an agent waits for, as it said itself. */
export interface WaitState {
  readonly for: string;
  /** When it ends at the latest, where that is known. */
  readonly untilMs: number | null;
  readonly attempt: number | null;
  readonly attemptsMax: number | null;
  readonly message: string;
  readonly sinceMs: number | null;
  readonly eventId: string | null;
}

/** A tool call without a result yet. */
export interface OpenTool {
  readonly id: string;
  readonly eventId: string | null;
  readonly tool: string;
  /** The key argument on one line, cut. */
  readonly argument: string;
  readonly sinceMs: number | null;
  readonly parent: string | null;
  /** See {@link RepeatedCall}. */
  readonly key: string | null;
  readonly isCommand: boolean;
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
  /** null where a change does not say it. */
  linesAdded: number | null;
  linesRemoved: number | null;
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
