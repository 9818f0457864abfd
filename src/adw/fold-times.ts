import type { EventType } from '../event/types.ts';
import { earlier, type Fields, fieldsOf, later, textOf, timeOf } from './read.ts';
import type { AdwState, AttemptState, NewestTimes } from './state.ts';

/** An event, and the state that it changes. */
export interface TimedEvent {
  readonly state: AdwState;
  readonly type: string;
  /** The event's id; null where it has none. */
  readonly id: string | null;
  /** When it happened; null when its timestamp is none. */
  readonly ms: number | null;
  readonly data: Fields;
}

/** Lines are seen at most this long after they were written, where they are seen as they are written. ms */
const LAG_MS_MAX = 5_000;

/** Events of a role's directory: copying a tree sets its time anew. */
const OF_DIRECTORIES: ReadonlySet<string> = new Set<EventType>([
  'agent_created',
  'workflow_phase_transition',
  'stage_transition',
]);

/** Raw lines repeat what others say, and a workflow's own log is timed even where what agents did is not. */
const TIMED_BESIDE: ReadonlySet<string> = new Set<EventType>(['agent_output_chunk', 'agent_log', 'workflow_log']);

/** Whether an event's `timing` says that its time was worked out, and not seen or written. */
export function isGuessed(timing: unknown): timing is 'estimated' | 'unknown' {
  return timing === 'estimated' || timing === 'unknown';
}

/**
 * Whether no time says how long an attempt took: of a file that has one time for all of its lines. Where lines were seen as they were
 * written after that, the attempt took at least from that time on.
 */
export function isUntimed({ startTiming, isGuessed }: AttemptState): boolean {
  return startTiming === 'unknown' && isGuessed;
}

/** Takes an event's time for those of the run. */
export function passed({ state, type, id, ms, data }: TimedEvent): void {
  const { newest } = state;
  // What a watcher sees of a process was not written by the run; that it lives is a sign of life all the same.
  if (type === 'process_update') {
    if (data.is_alive === true) newest.seenMs = later(newest.seenMs, ms);
    return;
  }
  state.firstMs = earlier(state.firstMs, ms);
  // Of events at one time the one with the larger id, so that the order of arrival decides nothing.
  if (ms !== null && (ms > (newest.ms ?? -1) || (ms === newest.ms && (id ?? '') > (newest.id ?? '')))) {
    newest.ms = ms;
    newest.id = id;
  }
  const isTold = typeof data.timing === 'string';
  const isOfDirectory = isTold && OF_DIRECTORIES.has(type);
  if (data.event_type !== 'execution_log' && !isOfDirectory) newest.seenMs = later(newest.seenMs, ms);
  // A copy sets the times of files and directories anew, and not those of what is written in them.
  if (!isTold || data.timing === 'exact' || type === 'workflow_log' || isOfLine(data)) {
    state.firstWrittenMs = earlier(state.firstWrittenMs, ms);
    newest.writtenMs = later(newest.writtenMs, ms);
  }
  if (isKnown(data, ms)) newest.knownMs = later(newest.knownMs, ms);
  countTiming(state, type, data.timing);
}

/** The farthest that two time zones lie apart, ms. */
const ZONES_MS_MAX = 26 * 3_600_000;

/**
 * Whether an event's time was written, or seen as it was written. That a line of a workflow's log was seen counts only where
 * its own clock, in whatever zone, agrees: an old log may be copied.
 */
function isKnown(data: Fields, ms: number | null): boolean {
  if (ms === null) return false;
  if (typeof data.timing !== 'string' || data.timing === 'exact') return true;
  if (data.timing !== 'observed') return false;
  // What a client posts has no source; the server saw it come.
  if (textOf(fieldsOf(data.source).path) === null) return true;
  if (data.event_type !== 'execution_log') return isOfLine(data);
  const loggedMs = timeOf(`${textOf(data.logged_at)}Z`);
  return loggedMs !== null && Math.abs(loggedMs - ms) <= ZONES_MS_MAX;
}

function countTiming({ times }: AdwState, type: string, timing: unknown): void {
  if (typeof timing !== 'string' || TIMED_BESIDE.has(type)) return;
  times.known += 1;
  if (isGuessed(timing)) times.guessed += 1;
}

function isOfLine({ source }: Fields): boolean {
  return textOf(fieldsOf(source).fingerprint) !== null;
}

/**
 * A file's first lines name no time, so the time at which they were seen stands for it. A line behind them that names a time
 * long before shows that they were copied: then they were written before that line, and what was seen was the copy.
 */
export function headOf(attempt: AttemptState, { state, ms, data }: TimedEvent): void {
  if (attempt.head === 'told' || ms === null || !isOfLine(data)) return;
  if (data.timing === 'observed') {
    attempt.head ??= { before: { ...state.newest }, ms };
    attempt.head.ms = Math.max(attempt.head.ms, ms);
  } else if (data.timing === 'exact') {
    if (attempt.head !== null && attempt.head.ms > ms + LAG_MS_MAX) {
      takeBack(state.newest, attempt.head);
      attempt.startedMs = null;
      attempt.lastMs = null;
    }
    attempt.head = 'told';
  }
}

/** Times that are no later than what was seen came with it. */
function takeBack(newest: NewestTimes, { before, ms }: { readonly before: NewestTimes; readonly ms: number }): void {
  if ((newest.ms ?? 0) <= ms) Object.assign(newest, { ms: before.ms, id: before.id });
  if ((newest.seenMs ?? 0) <= ms) newest.seenMs = before.seenMs;
  if ((newest.writtenMs ?? 0) <= ms) newest.writtenMs = before.writtenMs;
  if ((newest.knownMs ?? 0) <= ms) newest.knownMs = before.knownMs;
}
