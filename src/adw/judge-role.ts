import { formatDuration } from './format.ts';
import { TOGETHER_MS } from './last-role.ts';
import { workflowRank } from './phase.ts';
import type { ProcessState } from './phase-state.ts';
import { endOf, lifeOf, type ProcessLife, processText } from './process-life.ts';
import type { Judgement } from './run-state.ts';
import { clockText, lastSignOf, type Present, STALLS_UNTIL_ENDED, silenceOf } from './silence.ts';
import type { AdwState, AttemptState, RoleState, WaitState } from './state.ts';
import { liveBackgroundTasks, type TaskState } from './task-state.ts';

/** The judgement of a role: that of its newest attempt, or of the prompt that it was given after it. */
export function judgeRole(state: AdwState, role: RoleState, present: Present): Judgement {
  const newest = role.attempts.at(-1);
  const said = fileSaid(role, newest);
  if (said !== undefined) return said;
  if (newest === undefined || isGivenAnother(role, newest, present)) return judgePrompted(state, role, present);
  return judgeAttempt(state, role, { attempt: newest, present });
}

/** The judgement of one attempt. Only the newest of a role can be active. */
export function judgeAttempt(
  state: AdwState,
  role: RoleState,
  { attempt, present }: { readonly attempt: AttemptState; readonly present: Present },
): Judgement {
  const isNewest = attempt === role.attempts.at(-1);
  // Checks every role: only what nothing else tells is asked of it, or a run of a thousand roles costs a million checks.
  const wasPassed = () => !isNewest || wasPassedBy(state, role, attempt);
  if (attempt.outcome !== null || attempt.endedMs !== null) {
    const agents = liveBackgroundTasks(attempt).filter(isAgent);
    return attempt.outcome === 'error' || agents.length === 0
      ? ended(role, attempt)
      : awaitTasks(agents, { role, attempt, present, wasPassed, life: lifeOfAttempt(state, role, attempt, present) });
  }
  const silent = silenceOf(lastSignOf(attempt), present);
  const life = isNewest ? lifeOfAttempt(state, role, attempt, present) : undefined;
  if (life?.isAlive === false) return withoutResult(role, attempt, life.seen);
  if (isNewest && silent <= present.stallTimeoutMs) return atWork(role, attempt, present);
  if (life?.isAlive === true) return lives(role, attempt, { seen: life.seen, present });
  const { waiting } = attempt;
  if (isNewest && waiting !== null && mayStillWait(waiting, silent, present) && !wasPassed())
    return waits(role, waiting, present);
  if (silent > present.stallTimeoutMs * STALLS_UNTIL_ENDED || wasPassed()) return withoutResult(role, attempt);
  return stalled(role, attempt, present);
}

/** How a file says that the role ended, where its agent's lines do not say it, or where the workflow found fault with it. */
function fileSaid({ role, said }: RoleState, newest: AttemptState | undefined): Judgement | undefined {
  if (said === null) return undefined;
  const isOlder = newest !== undefined && said.ms !== null && (newest.lastMs ?? 0) > said.ms + TOGETHER_MS;
  const isSaid = newest !== undefined && newest.outcome !== null && (said.success || newest.outcome !== 'success');
  if (isOlder || isSaid) return undefined;
  const base = { evidence: [said.eventId ?? []].flat(), sinceMs: said.ms, waiting: null };
  if (said.success)
    return { ...base, state: 'completed', reason: `${role} ended with success, by the file that it left` };
  return { ...base, state: 'failed', reason: `${role} failed: ${said.text}` };
}

/** A prompt that came well after an attempt had ended, and recently: the role is about to begin again. */
function isGivenAnother({ prompt }: RoleState, { endedMs, lastMs }: AttemptState, present: Present): boolean {
  if (endedMs === null || prompt === null || prompt.ms === null) return false;
  return prompt.ms - (lastMs ?? endedMs) > TOGETHER_MS && silenceOf(prompt.ms, present) <= present.stallTimeoutMs;
}

function judgePrompted(state: AdwState, role: RoleState, present: Present): Judgement {
  const sinceMs = role.prompt?.ms ?? role.lastMs;
  const silent = silenceOf(sinceMs, present);
  const ago = formatDuration(silent);
  const told = role.prompt === null ? 'its directory was made' : 'it was given its prompt';
  const base = { evidence: [role.prompt?.eventId ?? []].flat(), sinceMs, waiting: null };
  const life = lifeOf(state, role.role, { sinceMs, lastMs: sinceMs, present });
  const isOver = () =>
    silent > present.stallTimeoutMs * STALLS_UNTIL_ENDED ||
    (life === undefined && passedAt(state, role, sinceMs, true));
  if (life?.isAlive === false) {
    const reason = `${role.role} never wrote anything, though ${told}; ${processText(life.seen)} has ended`;
    return { ...base, state: 'ended_without_result', reason };
  }
  if (life?.isAlive === true) {
    const reason = `${role.role} has written nothing yet; ${told} ${ago} ago, and ${processText(life.seen)} lives`;
    return { ...base, state: 'pending', reason };
  }
  if (isOver())
    return { ...base, state: 'ended_without_result', reason: `${role.role} never wrote anything, though ${told}` };
  if (silent > present.stallTimeoutMs) {
    const reason = `${role.role} has written nothing since ${told} ${ago} ago`;
    return { ...base, state: 'stalled', reason, sinceMs: (sinceMs ?? present.nowMs) + present.stallTimeoutMs };
  }
  return { ...base, state: 'pending', reason: `${role.role} has written nothing yet; ${told} ${ago} ago` };
}

function ended({ role }: RoleState, attempt: AttemptState): Judgement {
  const { outcome, outcomeText, endedMs, endedId } = attempt;
  const base = { evidence: endedId === null ? [] : [endedId], sinceMs: endedMs, waiting: null };
  if (outcome === 'error')
    return { ...base, state: 'failed', reason: `${role} failed: ${outcomeText ?? 'no reason given'}` };
  if (outcome === 'unclear') return { ...base, state: 'ended_without_result', reason: `${role} says ${outcomeText}` };
  return { ...base, state: 'completed', reason: `${role} ended with success` };
}

function atWork(role: RoleState, attempt: AttemptState, present: Present): Judgement {
  if (attempt.waiting !== null) return waits(role, attempt.waiting, present);
  const evidence = [attempt.lastId ?? [], attempt.startedId ?? []].flat();
  return { state: 'running', reason: `${role.role} is running`, evidence, sinceMs: attempt.startedMs, waiting: null };
}

/** A wait whose end is known lasts until then, and a stall timeout longer; another one until its process must be gone. */
function mayStillWait({ untilMs }: WaitState, silentMs: number, { nowMs, stallTimeoutMs }: Present): boolean {
  return untilMs === null ? silentMs <= stallTimeoutMs * STALLS_UNTIL_ENDED : nowMs <= untilMs + stallTimeoutMs;
}

const WAITS_FOR: Readonly<Record<string, string>> = {
  permission: 'for a permission',
  rate_limit: 'for the rate limit to end',
  api_retry: 'to ask the API again',
  compaction: 'while its context is compacted',
};

function waits({ role }: RoleState, wait: WaitState, { nowMs }: Present): Judgement {
  const { attempt, attemptsMax, untilMs } = wait;
  const tries = attempt === null ? '' : `, try ${attempt}${attemptsMax === null ? '' : ` of ${attemptsMax}`}`;
  const until =
    untilMs === null ? '' : untilMs - nowMs > 60_000 ? `, until ${clockText(untilMs)}` : inText(untilMs - nowMs);
  const said = wait.message === '' ? '' : `: ${wait.message}`;
  return {
    state: 'waiting',
    reason: `${role} waits ${WAITS_FOR[wait.for] ?? `for ${wait.for}`}${tries}${until}${said}`,
    evidence: wait.eventId === null ? [] : [wait.eventId],
    sinceMs: wait.sinceMs,
    waiting: { for: wait.for, untilMs },
  };
}

function inText(ms: number): string {
  return ms <= 0 ? ', any moment' : `, in ${formatDuration(ms)}`;
}

/** Agents that work on after their own agent's result wake it when they end; shell commands do not. */
function isAgent({ taskType }: TaskState): boolean {
  return taskType !== 'local_bash';
}

/** What is known of the process behind an attempt. */
function lifeOfAttempt(state: AdwState, { role }: RoleState, attempt: AttemptState, present: Present) {
  return lifeOf(state, role, { sinceMs: attempt.startedMs, lastMs: lastSignOf(attempt), present });
}

/** Silence alone does not make an agent stall whose process lives: a long think or a long test says nothing either. */
function lives(
  role: RoleState,
  attempt: AttemptState,
  { seen, present }: { readonly seen: ProcessState; readonly present: Present },
): Judgement {
  if (attempt.waiting !== null) return waits(role, attempt.waiting, present);
  const { reason, evidence } = stalled(role, attempt, present);
  return {
    state: 'running',
    reason: `${reason}; ${processText(seen)} lives`,
    evidence: [seen.eventId ?? [], ...evidence].flat(),
    sinceMs: attempt.startedMs,
    waiting: null,
  };
}

interface Awaiting {
  readonly role: RoleState;
  readonly attempt: AttemptState;
  readonly present: Present;
  /** Whether another role began after this attempt's last event. */
  readonly wasPassed: () => boolean;
  readonly life: ProcessLife | undefined;
}

function awaitTasks(tasks: readonly TaskState[], { role, attempt, present, wasPassed, life }: Awaiting): Judgement {
  const names = namesOf(tasks);
  const silent = silenceOf(lastSignOf(attempt), present);
  const evidence = attempt.endedId === null ? [] : [attempt.endedId];
  const base = { evidence, sinceMs: attempt.endedMs, waiting: null };
  const isOver = () => silent > present.stallTimeoutMs * STALLS_UNTIL_ENDED || wasPassed();
  if (life?.isAlive === false || (life === undefined && isOver())) {
    const gone = life === undefined ? '' : `; ${processText(life.seen)} has ended`;
    const reason = `${role.role} said ${attempt.outcomeText ?? 'that it is done'}, but its background work never ended: ${names}${gone}`;
    return { ...base, state: 'ended_without_result', reason };
  }
  if (silent > present.stallTimeoutMs && life === undefined) {
    const reason = `${role.role}: no event for ${formatDuration(silent)}, waiting on its background work: ${names}`;
    const sinceMs = (lastSignOf(attempt) ?? present.nowMs) + present.stallTimeoutMs;
    return { ...base, state: 'stalled', reason, sinceMs };
  }
  const waiting = { for: 'background_tasks', untilMs: null };
  return { ...base, state: 'waiting', reason: `${role.role} waits for its background work: ${names}`, waiting };
}

function namesOf(tasks: readonly TaskState[]): string {
  const names = tasks.map(({ description, subagentType, taskType }) => description || subagentType || taskType);
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** @param seen the one that is known to have ended; undefined where only silence says so */
function withoutResult(
  { role }: RoleState,
  { lastId, lastMs, hasLines }: AttemptState,
  seen?: ProcessState,
): Judgement {
  const gone = seen === undefined ? '' : `${processText(seen)} has ended, and `;
  const what = hasLines
    ? `stopped without a result line; ${gone}its outcome is unknown`
    : `never wrote a line; ${gone}its outcome is unknown`;
  const evidence = [seen?.eventId ?? [], lastId ?? []].flat();
  const sinceMs = (seen && endOf(seen)) ?? lastMs;
  return { state: 'ended_without_result', reason: `${role} ${what}`, evidence, sinceMs, waiting: null };
}

/** What a silent attempt hangs on: its open call, a task, or nothing that it wrote. */
function stalled(role: RoleState, attempt: AttemptState, present: Present): Judgement {
  const last = lastSignOf(attempt);
  const silent = formatDuration(silenceOf(last, present));
  const call = attempt.open.at(-1);
  const tasks = liveBackgroundTasks(attempt);
  const on =
    call !== undefined
      ? `, waiting on ${[call.tool, call.argument].filter(Boolean).join(' ')} (${formatDuration(silenceOf(call.sinceMs, present))})`
      : tasks.length > 0
        ? `, waiting on ${namesOf(tasks)}`
        : attempt.hasLines
          ? ''
          : '; its file has been empty since it was made';
  return {
    state: 'stalled',
    reason: `${role.role}: no event for ${silent}${on}`,
    evidence: [call?.eventId ?? [], attempt.lastId ?? []].flat(),
    sinceMs: (last ?? present.nowMs) + present.stallTimeoutMs,
    waiting: null,
  };
}

/** Whether another role began after this attempt's last event: workflows run roles one after the other. */
function wasPassedBy(state: AdwState, role: RoleState, attempt: AttemptState): boolean {
  return passedAt(state, role, attempt.lastMs, attempt.isGuessed);
}

/**
 * Whether another role began after `ms`. A role that only has a prompt shares its time with the rest of a copy: there the
 * workflow's order tells.
 */
function passedAt(state: AdwState, role: RoleState, ms: number | null, isGuessed: boolean): boolean {
  if (ms === null) return false;
  return Object.values(state.roles).some(
    other =>
      other !== role &&
      other.attempts.some(({ startedMs, lastMs, isGuessed: isOtherGuessed }) => {
        if (startedMs === null) return false;
        const isCopy = isGuessed && isOtherGuessed && Math.abs((lastMs ?? startedMs) - ms) < TOGETHER_MS;
        return isCopy ? workflowRank(other.role) > workflowRank(role.role) : startedMs > ms;
      }),
  );
}
