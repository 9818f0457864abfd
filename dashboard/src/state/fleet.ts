import type { Signal } from '@preact/signals';
import type { ListedRun, RunsMessage } from '../../../src/adw/listed-run.ts';
import { isEnded } from '../../../src/adw/run-state.ts';
import { messageOf } from '../../../src/base/errors.ts';
import { source } from '../data/source.ts';

/** ms between two tries to reach the server. */
const RETRY_MS = 1_500;

/** A run of the list, and when the page was told of it, ms since the Unix epoch. */
export type Run = ListedRun & { readonly takenMs: number };

/** All runs, as far as the server has told of them. */
export interface Fleet {
  /** What resumes behind what was told. */
  readonly at: string;
  /** Whether the rest of the list is on its way. */
  readonly more: boolean;
  readonly agentsDir: string | null;
  readonly otherRuns: number;
  readonly runs: ReadonlyMap<string, Run>;
}

/** The fleet after a message. Pure. */
export function takeRuns(fleet: Fleet | undefined, message: RunsMessage, nowMs: number): Fleet {
  const runs = new Map(message.whole ? [] : fleet?.runs);
  for (const run of message.adws) runs.set(run.adw_id, { ...run, takenMs: nowMs });
  const { at, more, agents_dir: agentsDir, other_runs: otherRuns } = message;
  return { at, more, agentsDir, otherRuns, runs };
}

/** How long a run has taken, also between two words of the server; null where that is not known. ms */
export function elapsedOf({ elapsed_ms, status, takenMs }: Run, nowMs: number): number | null {
  if (elapsed_ms === null || isEnded(status) || status === 'pending') return elapsed_ms;
  return elapsed_ms + Math.max(0, nowMs - takenMs);
}

/** What {@link followFleet} writes. */
export interface FleetSignals {
  readonly fleet: Signal<Fleet | undefined>;
  /** Why nothing comes; empty while the server tells. */
  readonly error: Signal<string>;
}

/** The list as the page was told it last: whatever follows it next, home or the palette, goes on from there. */
let kept: { readonly fleet: Fleet; readonly withParts: boolean } | undefined;

/**
 * Follows all runs, across interruptions, until the function that it returns is called; begins with what an earlier one was told. A
 * hidden page lets its connection go and resumes when it is shown: a browser has six to a server, for all of its tabs.
 * @param withParts whether to be told what phases, roles and models took
 */
export function followFleet({ fleet, error }: FleetSignals, withParts: boolean): () => void {
  const stopped = new AbortController();
  let told = kept?.withParts || !withParts ? kept?.fleet : undefined;
  fleet.value ??= told;
  let connection = new AbortController();
  let wake = () => {};
  const take = (message: RunsMessage) => {
    told = takeRuns(told, message, Date.now());
    error.value = '';
    if (told.more) return;
    fleet.value = told;
    // Parts that are not asked for now are asked for again.
    if (withParts || !kept?.withParts) kept = { fleet: told, withParts };
  };
  const onVisibility = () => (document.hidden && told !== undefined ? connection.abort() : wake());
  const follow = async () => {
    while (!stopped.signal.aborted) {
      connection = new AbortController();
      const signal = AbortSignal.any([connection.signal, stopped.signal]);
      try {
        for await (const message of source().followRuns(told?.at, withParts, signal)) take(message);
        error.value = 'The server closed the connection.';
      } catch (failure) {
        if (!signal.aborted) error.value = messageOf(failure);
      }
      await new Promise<void>(resolve => {
        wake = resolve;
        if (!document.hidden || stopped.signal.aborted) setTimeout(resolve, signal.aborted ? 0 : RETRY_MS);
      });
    }
  };
  document.addEventListener('visibilitychange', onVisibility);
  void follow();
  return () => {
    stopped.abort();
    wake();
    document.removeEventListener('visibilitychange', onVisibility);
  };
}

/** The list of runs as it is now, with what their phases, roles and models took. @throws AdwStreamError */
export async function readRuns(signal: AbortSignal): Promise<Run[]> {
  let fleet: Fleet | undefined;
  for await (const message of source().followRuns(undefined, true, signal)) {
    fleet = takeRuns(fleet, message, Date.now());
    if (!message.more) break;
  }
  return [...(fleet?.runs.values() ?? [])];
}
