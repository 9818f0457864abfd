import type { Tokens } from './tokens.ts';

/** What something used. `costUsd` is null where no price is known of anything in it, or nothing says what was used. */
export interface Used {
  tokens: Tokens;
  costUsd: number | null;
}

/** What several models used together, and each of them, as far as lines name it. */
export interface UsedByModels extends Used {
  models: Readonly<Record<string, Used>>;
}

/** What a `result` says was used so far. */
export interface Totals extends UsedByModels {
  /** Time spent waiting for the API, ms. */
  apiDurationMs: number;
  /** Whether the agent program itself had no price for one of the models, and guessed. */
  isGuessed: boolean;
}

/** What an account had been seen to use at a moment, `ms` since the Unix epoch. */
export interface UsageMark extends Used {
  readonly ms: number | null;
}

/**
 * What one attempt of a role spent in one session. `--resume` leads a session through several attempts, roles and files,
 * and one file through several processes: each account is of one file's share.
 */
export interface AccountState {
  readonly role: string;
  readonly attempt: number;
  model: string | null;
  /** Whether a resumed process goes on from the session's total; older ones begin at zero. */
  isCumulative: boolean;
  startedMs: number | null;
  /** From `result` lines; they time one segment each, so they add up. */
  durationMs: number;
  turns: number;
  denials: number;
  /** Processes that have ended, where each begins at zero. */
  earlier: Totals | null;
  /** What lines say was used and no result has in it: of processes that were killed. */
  unsaid: UsedByModels | null;
  /** The newest `result` of the process: its running totals. */
  final: Totals | null;
  /** The sum of what the process's results say of their own segment: the main agent's tokens. */
  ownTokens: Tokens;
  /** What the lines so far say, sub-agents included: at least so much was used. */
  seen: UsedByModels;
  /** The main agent's part of it, for which running totals come. */
  seenOwn: Used;
  /** The same when the newest `result` came, or the process began. */
  seenAtResult: UsedByModels;
  /** The same when the newest `init` came. */
  seenAtInit: UsedByModels;
  /** What was seen when its processes began, the oldest first: tells apart what a role used in phases one after the other. */
  marks: UsageMark[];
  /** Whether that `init` seems to begin another process, and not to wake this one. */
  isFresh: boolean;
}
