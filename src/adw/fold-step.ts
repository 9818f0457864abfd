import { newAccount } from './account.ts';
import type { AccountState } from './account-state.ts';
import { headOf, isGuessed, type TimedEvent } from './fold-times.ts';
import { PHASE_CHARS_MAX, phaseOfRole } from './phase.ts';
import { earlier, entryOf, later, numberOf, setEntry, textOf } from './read.ts';
import type { AttemptState, RoleState } from './state.ts';

/** One event on its way into the state. */
export interface FoldStep extends TimedEvent {
  readonly seq: number;
}

/** Roles kept apart; events of further ones go to `other`. Real ADWs have about ten. Prevents a flood of names from filling memory. */
export const ROLES_MAX = 500;
/** Attempts kept apart of one role; later ones continue the last. Real roles have up to four. */
const ATTEMPTS_MAX = 200;
/** Sessions kept apart in one ADW. */
const SESSIONS_MAX = 5_000;
/** Attempts of roles that one session may lead through. */
const ACCOUNTS_MAX = 500;
/** Open calls kept of one attempt, the newest. Up to 12 were seen at once. */
export const OPEN_TOOLS_MAX = 64;

/** The role of events that name none. */
export const OTHER_ROLE = 'other';

/** The role the event belongs to, created when it is new. */
export function roleOf({ state, data, ms }: FoldStep): RoleState {
  const name = textOf(data.agent_role, 200) ?? OTHER_ROLE;
  let role = entryOf(state.roles, name);
  if (role === undefined) {
    role = {
      role: name,
      phase: phaseOfRole(name) ?? null,
      firstMs: ms,
      lastMs: ms,
      appearedMs: null,
      prompt: null,
      said: null,
      attempts: [],
    };
    if (!setEntry(state.roles, name, role, ROLES_MAX)) {
      state.beyondLimits += 1;
      role = entryOf(state.roles, OTHER_ROLE) ?? { ...role, role: OTHER_ROLE, phase: null };
      state.roles[OTHER_ROLE] = role;
    }
  }
  const phase = textOf(data.phase, PHASE_CHARS_MAX);
  if (phase !== null && role.role !== OTHER_ROLE) role.phase = phase;
  role.firstMs = earlier(role.firstMs, ms);
  role.lastMs = later(role.lastMs, ms);
  return role;
}

/** The attempt the event belongs to, created when it is new; an event without a number belongs to the newest. */
export function attemptOf(step: FoldStep): { role: RoleState; attempt: AttemptState } {
  const role = roleOf(step);
  const newest = role.attempts.at(-1);
  const number = Math.max(1, Math.floor(numberOf(step.data.attempt) ?? newest?.attempt ?? 1));
  let attempt = role.attempts.find(one => one.attempt === number);
  if (attempt === undefined && newest !== undefined && role.attempts.length >= ATTEMPTS_MAX) attempt = newest;
  if (attempt === undefined) {
    attempt = newAttempt(number, step);
    role.attempts.push(attempt);
    role.attempts.sort((a, b) => a.attempt - b.attempt);
  }
  headOf(attempt, step);
  touch(attempt, step);
  return { role, attempt };
}

/** A sign of life of an attempt. What it waited for is over with the next line that does not say the same. */
export function touch(attempt: AttemptState, { type, id, ms, data }: FoldStep): void {
  const timing = isGuessed(data.timing) ? data.timing : 'known';
  if (ms !== null && (attempt.startedMs === null || ms < attempt.startedMs)) {
    attempt.startedMs = ms;
    attempt.startTiming = timing;
  } else if (ms === attempt.startedMs && timing === 'known') attempt.startTiming = timing;
  if (ms !== null && ms >= (attempt.lastMs ?? ms)) {
    // What is put where its neighbour was seen ends no later than that.
    const isNews = ms !== attempt.lastMs || timing === 'known';
    attempt.lastMs = ms;
    attempt.lastId = id;
    if (isNews) attempt.isGuessed = timing !== 'known';
  }
  if (type === 'attempt_started') return;
  attempt.hasLines = true;
  if (type !== 'agent_output_chunk' && type !== 'usage_update') attempt.waiting = null;
}

function newAttempt(attempt: number, { id, ms, data: { timing } }: FoldStep): AttemptState {
  return {
    attempt,
    reason: attempt === 1 ? 'new' : 'rewritten',
    startedMs: ms,
    startedId: id,
    lastMs: ms,
    lastId: id,
    isGuessed: isGuessed(timing),
    startTiming: isGuessed(timing) ? timing : 'known',
    head: null,
    hasLines: false,
    endedMs: null,
    endedId: null,
    outcome: null,
    outcomeText: null,
    sessionIds: [],
    cwd: null,
    tools: 0,
    toolErrors: 0,
    errors: 0,
    malformedLines: 0,
    lostBytes: 0,
    open: [],
    repeated: {},
    lastKind: null,
    waiting: null,
    tasks: [],
    backgroundEnds: 0,
  };
}

/** The account of the event's session in its attempt, created when it is new. */
export function accountOf(step: FoldStep, role: RoleState, attempt: AttemptState): AccountState | undefined {
  const { state, data, ms } = step;
  const id = textOf(data.session_id, 128) ?? `${role.role}#${attempt.attempt}`;
  const accounts = entryOf(state.sessions, id) ?? [];
  const known = accounts.find(one => one.role === role.role && one.attempt === attempt.attempt);
  if (known !== undefined) return known;
  const account = newAccount(role.role, attempt.attempt, ms);
  if (accounts.length >= ACCOUNTS_MAX || !setEntry(state.sessions, id, [...accounts, account], SESSIONS_MAX)) {
    state.beyondLimits += 1;
    return undefined;
  }
  attempt.sessionIds.push(id);
  return account;
}
