import { agoMs } from '../../base/clock.ts';

/** Between two full scans, ms: how late what no event spoke of is found at most. */
const SCAN_MS = 10_000;
/** The same where nothing was written for {@link QUIET_MS}: hundreds of finished ADWs cost next to nothing. */
const SCAN_QUIET_MS = 30_000;
const QUIET_MS = 5 * 60_000;
/** The same where file system events do not come: scans are all there is. */
const SCAN_POLLING_MS = 500;
/** The same for a replay, or a watch that stops, while a file is not complete yet. */
export const LAST_SCAN_MS = 50;
/** Part of the time between two scans by which a scan may come earlier: those of hundreds of ADWs that began together must not stay together. */
const JITTER = 0.3;
/** The loop's longest pause while a view, a command or a program wants to be told how it stands, ms. */
const PAUSE_TOLD_MS_MAX = 1_000;
/** Between two listings of the directories of runs, ms: how late a new ADW that no event spoke of is found at most. */
export const LIST_MS = 2_000;

/** By what the length of a pause is found. */
export interface Pause {
  /** Whether no more is waited for than for files to be complete. */
  readonly isLast: boolean;
  /** Whether there is something to poll. */
  readonly isActive: boolean;
  /** Whether a view, a command or a program wants to be told how it stands. */
  readonly isTold: boolean;
}

/** When to scan and when to poll: full scans of the tree and of every file are the truth, polls of active files find growth between them. */
export class ScanSchedule {
  readonly #pollMs: number;
  #scanMs = 0;
  #scannedAt = 0;
  #polledAt = 0;

  /** @param pollMs between two polls, ms */
  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /** What is due: a full scan, a poll, or nothing. @param isLast whether no more is waited for than for files to be complete */
  due(now: number, isLast: boolean): 'scan' | 'poll' | 'nothing' {
    if (isLast) return agoMs(this.#scannedAt, now) >= LAST_SCAN_MS ? 'scan' : 'nothing';
    if (agoMs(this.#scannedAt, now) >= this.#scanMs) return 'scan';
    return agoMs(this.#polledAt, now) >= this.#pollMs ? 'poll' : 'nothing';
  }

  /** How long the loop may pause, ms. */
  pauseMs(now: number, { isLast, isActive, isTold }: Pause): number {
    if (isLast) return LAST_SCAN_MS;
    const scan = this.#scanMs - agoMs(this.#scannedAt, now);
    const poll = isActive ? this.#pollMs - agoMs(this.#polledAt, now) : scan;
    return Math.max(0, Math.min(scan, poll, isTold ? PAUSE_TOLD_MS_MAX : scan));
  }

  /** There was a poll. */
  polled(now: number): void {
    this.#polledAt = now;
  }

  /**
   * There was a full scan.
   * @param writtenAt when any file was last written to, ms
   * @param hasEvents whether file system events come
   */
  scanned(now: number, { writtenAt, hasEvents }: { writtenAt: number; hasEvents: boolean }): void {
    this.#scannedAt = this.#polledAt = now;
    const scanMs = agoMs(writtenAt, now) > QUIET_MS ? SCAN_QUIET_MS : SCAN_MS;
    this.#scanMs = hasEvents ? scanMs * (1 - JITTER * Math.random()) : SCAN_POLLING_MS;
  }
}
