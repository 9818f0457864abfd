import { senseOf } from './fold-log.ts';
import { formatDuration } from './format.ts';
import { judgeRole } from './judge-role.ts';
import { lastRole } from './last-role.ts';
import { inOrder } from './own-phases.ts';
import { nextLifeCheck } from './process-life.ts';
import { earlier } from './read.ts';
import { LOG_FAILED } from './reason.ts';
import type { Judgement, RunJudgement } from './run-state.ts';
import { beganAfter, endSaid, isSingleRole, wordsRunning } from './run-words.ts';
import { clockText, nextCheck, type Present, quietOf, STALLS_UNTIL_ENDED, silenceOf } from './silence.ts';
import type { AdwState, LogEnd, RoleState } from './state.ts';

/** A role that was given something to do, with its judgement. */
interface Worker {
  readonly role: RoleState;
  readonly judged: Judgement;
}

/**
 * The one judgement of a run: a pure function of what its events say and of the clock. The order in which the events of
 * different files arrived changes nothing, so a run that is read cold is judged as one that was watched.
 */
export function judge(state: AdwState, present: Present): RunJudgement {
  const judged = judgeNow(state, present);
  return {
    ...judged,
    evidence: [...new Set(judged.evidence)],
    nextCheckMs: earlier(nextCheck(state, present), nextLifeCheck(state, present)),
  };
}

/**
 * The moment at which the clock made the judgement what it is, if no event did: the first from which on it has been this
 * state, counted from the newest known time. Null where no time is known. ms since the Unix epoch
 */
export function turnedMs(state: AdwState, present: Present): number | null {
  let atMs = state.newest.knownMs;
  let turned = atMs;
  let word: string | undefined;
  while (atMs !== null && atMs <= present.nowMs) {
    const judged = judge(state, { ...present, nowMs: atMs });
    if (judged.state !== word) turned = atMs;
    word = judged.state;
    atMs = judged.nextCheckMs;
  }
  return turned;
}

function judgeNow(state: AdwState, present: Present): Judgement {
  const said = endSaid(state);
  if (said !== undefined) return said;
  const workers = workersOf(state, present);
  return active(workers) ?? stalled(state, workers) ?? quietly(state, workers, present);
}

/** Roles that have written or were given a prompt; a workflow's own log is no role. */
function workersOf(state: AdwState, present: Present): Worker[] {
  return Object.values(state.roles)
    .filter(({ attempts, prompt, said }) => attempts.length > 0 || prompt !== null || said !== null)
    .map(role => ({ role, judged: judgeRole(state, role, present) }));
}

/** What runs outweighs what waits, and both what has only been given its prompt. */
function active(workers: readonly Worker[]): Judgement | undefined {
  const found =
    lastRole(workers.filter(({ judged }) => judged.state === 'running')) ??
    lastRole(workers.filter(({ judged }) => judged.state === 'waiting'));
  if (found !== undefined) return found.judged;
  const prepared = lastRole(workers.filter(({ judged }) => judged.state === 'pending'));
  if (prepared === undefined) return undefined;
  const hasBegun = workers.some(({ role }) => role.attempts.length > 0);
  return hasBegun ? { ...prepared.judged, state: 'running' } : prepared.judged;
}

/** Whether its process lives is known where `watch` runs the command: its end would have been told. */
function stalled(state: AdwState, workers: readonly Worker[]): Judgement | undefined {
  const judged = lastRole(workers.filter(({ judged: { state: is } }) => is === 'stalled'))?.judged;
  const command = wordsRunning(state).find(({ teller }) => teller === 'command');
  if (judged === undefined || command === undefined) return judged;
  const evidence = ids(...judged.evidence, command.eventId);
  return { ...judged, reason: `${judged.reason}; the command that runs it has not ended`, evidence };
}

/** No role is active: the run is between two of them, or over. */
function quietly(state: AdwState, workers: readonly Worker[], present: Present): Judgement {
  const last = lastRole(workers);
  const quiet = quietOf(state, present);
  const running = runningPhase(state) ?? wordsRunning(state).at(-1);
  if (last === undefined) return beforeRoles(state, present);
  if (isSingleRole(state, last.role) && last.judged.state === 'completed') return last.judged;
  const limitMs = running === undefined ? present.settleMs : Math.max(present.settleMs, present.stallTimeoutMs);
  if (quiet <= limitMs) return between(last, present, running);
  if (running !== undefined && quiet <= present.stallTimeoutMs * STALLS_UNTIL_ENDED) {
    const reason = `no event for ${formatDuration(quiet)}; no role is active, and the workflow said last: ${running.said}`;
    const sinceMs = (state.newest.ms ?? present.nowMs) + limitMs;
    return { state: 'stalled', reason, evidence: ids(running.eventId, state.newest.id), sinceMs, waiting: null };
  }
  return outcome(state, workers, last);
}

/** What says that the run goes on. */
interface RunningWord {
  readonly said: string;
  readonly eventId: string | null;
}

/** The phase of the run's own that is said to run, the last of them: one that code does has no role. */
function runningPhase({ ownPhases }: AdwState): RunningWord | undefined {
  const found = inOrder(ownPhases).findLast(({ attempts }) => {
    const newest = attempts.at(-1);
    return newest?.state === 'running' && !newest.isInferred;
  });
  if (found === undefined) return undefined;
  return { said: `the phase ${found.name} runs`, eventId: found.attempts.at(-1)?.eventId ?? null };
}

function between({ role, judged }: Worker, present: Present, running: RunningWord | undefined): Judgement {
  const next = running === undefined ? 'nothing has begun since' : `the workflow said: ${running.said}`;
  const sinceMs = role.attempts.at(-1)?.endedMs ?? judged.sinceMs;
  const reason = `${judged.reason}, ${formatDuration(silenceOf(sinceMs, present))} ago; ${next}`;
  return { ...judged, state: 'between_roles', reason, sinceMs };
}

/** Nothing was given to any role. */
function beforeRoles(state: AdwState, present: Present): Judgement {
  const running = runningPhase(state) ?? wordsRunning(state)[0];
  const quiet = quietOf(state, present);
  const base = { evidence: ids(running?.eventId ?? null, state.newest.id), sinceMs: state.firstMs, waiting: null };
  const log = lastLog(state);
  const patienceMs = Math.max(present.settleMs, present.stallTimeoutMs);
  if (quiet <= patienceMs) {
    if (running !== undefined) return { ...base, state: 'running', reason: running.said || 'the workflow is running' };
    const wrote =
      log === undefined ? '' : `; the workflow wrote its log ${formatDuration(silenceOf(log.ms, present))} ago`;
    return { ...base, state: 'pending', reason: `no role has begun${wrote}` };
  }
  if (log !== undefined && log.errors.length > 0) return logFailed(log);
  if (running === undefined && state.ownPhases.length > 0) return unfinishedPhase(state) ?? phasesCompleted(state);
  if (running !== undefined && quiet <= present.stallTimeoutMs * STALLS_UNTIL_ENDED) {
    const sinceMs = (state.newest.ms ?? present.nowMs) + patienceMs;
    return { ...base, state: 'stalled', reason: `no event for ${formatDuration(quiet)}; no role has begun`, sinceMs };
  }
  const reason = `no role has written anything; there ${whatIsThere(state)}`;
  return { ...base, state: 'ended_without_result', reason, sinceMs: state.newest.ms };
}

function whatIsThere({ screenshots, specs, logs, roles, words }: AdwState): string {
  const dirs = Object.keys(roles).filter(name => !Object.hasOwn(logs, name)).length;
  const count = (number: number, name: string) => (number === 0 ? [] : [`${number} ${name}${number === 1 ? '' : 's'}`]);
  const parts = [
    ...(Object.values(words).some(({ teller }) => teller === 'state_file') ? ['a state file'] : []),
    ...(Object.values(words).some(({ teller }) => teller === 'database') ? ['a database'] : []),
    ...count(screenshots.length, 'screenshot'),
    ...count(specs.length, 'spec'),
    ...count(Object.keys(logs).length, 'log'),
    ...(dirs === 0 ? [] : [dirs === 1 ? '1 role directory' : `${dirs} role directories`]),
  ];
  return parts.length === 0 ? 'is nothing to judge it by' : `is only ${parts.join(', ')}`;
}

/** How a run that has been quiet for long enough ended: failure first, then what its last role says. */
function outcome(state: AdwState, workers: readonly Worker[], last: Worker): Judgement {
  const log = lastLog(state);
  const failed = lastRole(
    workers.filter(({ role, judged }) => judged.state === 'failed' && !wasRetried(role, workers)),
  );
  if (failed !== undefined) return failed.judged;
  const phase = unfinishedPhase(state);
  if (phase?.state === 'failed') return phase;
  if (log !== undefined && log.errors.length > 0 && !wentOn(log, workers)) return logFailed(log);
  if (last.judged.state !== 'completed') return last.judged;
  if (phase !== undefined) return phase;
  const reason = `${last.judged.reason}; quiet since ${clockText(state.newest.writtenMs ?? state.newest.ms)}`;
  return { ...last.judged, reason, evidence: ids(...last.judged.evidence, state.newest.id) };
}

/** The phase of the run's own that failed at its newest attempt, else the first that never ended though its run is over. */
function unfinishedPhase({ ownPhases }: AdwState): Judgement | undefined {
  const phases = inOrder(ownPhases).flatMap(({ name, attempts }) => {
    const newest = attempts.at(-1);
    return newest === undefined ? [] : [{ name, newest }];
  });
  const failed = phases.findLast(({ newest }) => newest.state === 'failed');
  const open = phases.find(
    ({ newest: { state, isInferred } }) => (state === 'running' && !isInferred) || state === 'pending',
  );
  const found = failed ?? open;
  if (found === undefined) return undefined;
  const { name, newest } = found;
  const base = { evidence: ids(newest.eventId), sinceMs: newest.endedMs ?? newest.startedMs, waiting: null };
  if (failed !== undefined)
    return { ...base, state: 'failed', reason: `the phase ${name} failed: ${newest.error ?? 'no reason given'}` };
  const never = newest.state === 'running' ? 'never ended' : 'never began';
  return { ...base, state: 'ended_without_result', reason: `the phase ${name} ${never}` };
}

/** Nothing but code did the phases of the run, and all of them are over. */
function phasesCompleted({ ownPhases, newest }: AdwState): Judgement {
  const over = inOrder(ownPhases).flatMap(({ attempts }) => attempts.at(-1)?.eventId ?? []);
  const reason = `all of its phases are over; quiet since ${clockText(newest.writtenMs ?? newest.ms)}`;
  return {
    state: 'completed',
    reason,
    evidence: over.slice(-1),
    sinceMs: newest.writtenMs ?? newest.ms,
    waiting: null,
  };
}

/** The log that was written to last: a run has one for each script of its workflow. */
function lastLog({ logs }: AdwState): LogEnd | undefined {
  return Object.entries(logs)
    .toSorted(([a, one], [b, other]) => (one.ms ?? 0) - (other.ms ?? 0) || (a < b ? -1 : 1))
    .at(-1)?.[1];
}

function logFailed({ errors, ms, eventId }: LogEnd): Judgement {
  const reason = `${LOG_FAILED}${senseOf(errors)}`;
  return { state: 'failed', reason, evidence: ids(eventId), sinceMs: ms, waiting: null };
}

/** Whether a role began after the log ended with its error: a workflow that goes on writes on, but scripts log apart. */
function wentOn({ ms, writtenMs }: LogEnd, workers: readonly Worker[]): boolean {
  return ms !== null && workers.some(({ role }) => role.attempts.some(one => beganAfter(one, { ms, writtenMs })));
}

/** A role and those that are named after it with a number (`test_resolver_iter2_0`) do the same work. */
const familyOf = (role: string) => role.toLowerCase().replaceAll(/(?:[_-]?(?:iter|attempt|retry|try)?[_-]?\d+)+/g, '');

/** Whether one of the same family began after this one had failed, and did not fail too. */
function wasRetried(failed: RoleState, workers: readonly Worker[]): boolean {
  const family = workers.filter(({ role }) => familyOf(role.role) === familyOf(failed.role));
  const last = lastRole(family);
  return last !== undefined && last.role !== failed && last.judged.state !== 'failed';
}

/** The ids that there are, each once. */
function ids(...list: readonly (string | null)[]): string[] {
  return [...new Set(list.filter(id => id !== null))];
}
