import { BoundedMap } from '../../base/bounded-map.ts';

/** A poll and an event race, and a scan of a thousand files takes longer than an append: for growth and its event to be this far apart is no matter. ms */
const RACE_MS = 2_000;
/** Growth that no event told of this often means that there are none. */
const MISSED_MAX = 5;
/** Paths that are remembered to have been named. */
const PATHS_MAX = 10_000;

/** Growth of one path that no event has told of yet. */
interface Missed {
  readonly growths: number;
  /** When the first of them was found, ms. */
  readonly since: number;
}

/**
 * Tells whether file system events come, by comparing them with what polls and scans find. Growth of a path is missed until
 * an event names that path, before it or after: a poll may find what an event that still waits to be read tells.
 */
export class EventMonitor {
  readonly #namedAt = new BoundedMap<string, number>(PATHS_MAX);
  readonly #missed = new Map<string, Missed>();

  /** An event named a path. */
  named(path: string, now: number): void {
    this.#namedAt.delete(path);
    this.#namedAt.set(path, now);
    this.#missed.delete(path);
  }

  /** A poll found that a path grew. @returns whether events missed so much growth that they cannot be relied on */
  grew(path: string, now: number): boolean {
    if (now - (this.#namedAt.get(path) ?? 0) < RACE_MS) return false;
    const { growths, since } = this.#missed.get(path) ?? { growths: 0, since: now };
    this.#missed.set(path, { growths: growths + 1, since });
    let count = 0;
    for (const missed of this.#missed.values()) if (now - missed.since >= RACE_MS) count += missed.growths;
    return count >= MISSED_MAX;
  }
}
