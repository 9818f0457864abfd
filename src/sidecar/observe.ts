import { setImmediate } from 'node:timers/promises';
import { sleep, systemClock } from '../base/clock.ts';
import type { NewEvent } from '../event/schema.ts';
import { eventsOf } from './flow.ts';
import { Follower } from './follower.ts';
import type { ReadingOptions, SidecarOptions } from './options.ts';
import { createRedactor } from './parse/redact.ts';
import { ArrivalJournal } from './tail/journal.ts';
import { GenerationRegistry } from './tail/registry.ts';
import { stateFile } from './tail/state-dir.ts';

/** Without `follow`: time between looks while a file is not complete yet, ms. */
const LOOK_MS = 50;

/** What {@link observeAdw} takes. */
export interface ObserveOptions
  extends Omit<ReadingOptions, 'onKnown' | 'speed'>,
    Pick<SidecarOptions, 'stateDir' | 'redact' | 'redactPatterns' | 'signal'> {
  /** Told of the events in order per file, each piece as it is read. */
  readonly onEvents: (events: readonly NewEvent[]) => void;
  /** Told once, when everything that was on disk at the start has been told. */
  readonly onCaughtUp?: () => void;
}

/**
 * Reads one ADW as `watch` and `replay` do, and delivers nothing: no server, no lock, no file of ours is written. Times come
 * from the journal of whoever watches.
 * @returns when everything on disk has been told; with `follow`, when `signal` aborts
 */
export async function observeAdw(options: ObserveOptions): Promise<void> {
  const { adwId, stateDir, redact, redactPatterns, follow, signal, log, pollMs, onEvents, onCaughtUp } = options;
  let wake = (): void => {};
  const follower = new Follower({
    options,
    journal: new ArrivalJournal(stateFile(stateDir, adwId, 'journal'), log, { readOnly: true }),
    registry: new GenerationRegistry(),
    redact: redact ? createRedactor({ patterns: redactPatterns }) : undefined,
    isReady: () => true,
    hasRoom: () => true,
    emit: item => onEvents(eventsOf(item)),
    onRedacted: () => {},
    onDisputed: () => {},
    wake: () => wake(),
    // Whoever wakes here looks.
    lookWithin: () => {},
  });
  const readAll = async (): Promise<void> => {
    // Timers, sockets and signals get their turn between two pieces.
    while (!signal.aborted && follower.readNext(systemClock.now())) await setImmediate();
  };
  /** Resolves after `ms`, or as soon as something may be there to read. */
  const nap = (ms: number): Promise<void> => {
    const woken = new AbortController();
    wake = () => woken.abort();
    return sleep(ms, woken.signal);
  };
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    follower.start(systemClock.now());
    for (;;) {
      follower.lookAtAll(systemClock.now());
      await readAll();
      if (follow || signal.aborted || !follower.isWaiting()) break;
      await nap(LOOK_MS);
    }
    onCaughtUp?.();
    while (follow && !signal.aborted) {
      await nap(pollMs);
      follower.look(systemClock.now());
      await readAll();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    follower.close();
  }
}
