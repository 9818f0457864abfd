import { PROCESS_KNOWN_MS } from '../event/limits.ts';
import { TOGETHER_MS } from './last-role.ts';
import type { ProcessState } from './phase-state.ts';
import { earlier } from './read.ts';
import { type Present, silenceOf } from './silence.ts';
import type { AdwState } from './state.ts';

/** What is known of the process behind a role's newest attempt. */
export interface ProcessLife {
  readonly isAlive: boolean;
  readonly seen: ProcessState;
}

/**
 * Whether the process of a role lives, as a watcher on its machine saw it. One that lives outweighs those that have ended. Undefined
 * where nothing is known: no process is named, its watcher has said nothing for a while, or it ended before what the role did last.
 * @param sinceMs when the role's attempt began, and `lastMs` when it was last heard of. ms since the Unix epoch
 */
export function lifeOf(
  { processes }: AdwState,
  role: string,
  {
    sinceMs,
    lastMs,
    present,
  }: { readonly sinceMs: number | null; readonly lastMs: number | null; readonly present: Present },
): ProcessLife | undefined {
  const own = processes.filter(one => one.role === role && !isBefore(one, sinceMs));
  const alive = own.findLast(one => endOf(one) === null && one.isAlive === true && isRecent(one, present));
  if (alive !== undefined) return { isAlive: true, seen: alive };
  const newest = own.toSorted((a, b) => (a.startedMs ?? a.seenMs ?? 0) - (b.startedMs ?? b.seenMs ?? 0)).at(-1);
  const endMs = newest === undefined ? null : endOf(newest);
  if (newest === undefined || endMs === null || own.some(one => endOf(one) === null)) return undefined;
  // Its last lines may be read after its end was seen; what comes later is of a process that was never told of.
  const isOver = silenceOf(endMs, present) > TOGETHER_MS && (lastMs ?? 0) <= endMs + TOGETHER_MS;
  return isOver ? { isAlive: false, seen: newest } : undefined;
}

/** When a process ended at the latest; null where it is not known to have ended. ms since the Unix epoch */
export function endOf({ endedMs, isAlive, seenMs }: ProcessState): number | null {
  return endedMs ?? (isAlive === false ? seenMs : null);
}

function isBefore(one: ProcessState, sinceMs: number | null): boolean {
  const endMs = endOf(one);
  return endMs !== null && sinceMs !== null && endMs < sinceMs;
}

function isRecent({ seenMs }: ProcessState, present: Present): boolean {
  return seenMs !== null && silenceOf(seenMs, present) <= PROCESS_KNOWN_MS;
}

/** The next moment at which the clock alone changes what is known of processes; null where none does. ms since the Unix epoch */
export function nextLifeCheck({ processes }: AdwState, { nowMs }: Present): number | null {
  const moments = processes.flatMap(one => {
    const endMs = endOf(one);
    if (endMs !== null) return endMs + TOGETHER_MS + 1;
    return one.isAlive === true && one.seenMs !== null ? one.seenMs + PROCESS_KNOWN_MS + 1 : [];
  });
  return moments.filter(ms => ms > nowMs).reduce<number | null>(earlier, null);
}

/** A process as a sentence names it: `its process (pi, pid 4711)`. */
export function processText({ name, pid }: ProcessState): string {
  return `its process (${[name, `pid ${pid}`].filter(Boolean).join(', ')})`;
}
