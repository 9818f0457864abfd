/** Looks and events race, and a look at a thousand files takes longer than an append: for growth and its event to be this far apart is no matter. ms */
const HEARD_MS = 2_000;
/** Growth that no event spoke of this often means that there are none. */
const DEAF_AFTER = 5;
/** Paths that are remembered to have been heard of. */
const PATHS_MAX = 10_000;

/** Growth of one path that no event has spoken of yet. */
interface Unheard {
  readonly growths: number;
  /** When the first of them was found, ms. */
  readonly since: number;
}

/**
 * Tells whether file system events come, by comparing them with what looks find. Growth of a path is unheard of until an
 * event names that path, before it or after: a look may find what an event that still waits to be read tells.
 */
export class EventMonitor {
  #heardAt = new Map<string, number>();
  readonly #unheard = new Map<string, Unheard>();

  /** An event named a path. */
  heard(path: string, now: number): void {
    if (this.#heardAt.size >= PATHS_MAX) this.#heardAt = new Map();
    this.#heardAt.set(path, now);
    this.#unheard.delete(path);
  }

  /** Whether an event named this path once. */
  hasSeen(path: string): boolean {
    return this.#heardAt.has(path);
  }

  /** A look found that a path grew. @returns whether so much has grown unheard that there are no events to go by */
  missedGrowth(path: string, now: number): boolean {
    if (now - (this.#heardAt.get(path) ?? 0) < HEARD_MS) return false;
    const { growths, since } = this.#unheard.get(path) ?? { growths: 0, since: now };
    this.#unheard.set(path, { growths: growths + 1, since });
    let missed = 0;
    for (const unheard of this.#unheard.values()) if (now - unheard.since >= HEARD_MS) missed += unheard.growths;
    return missed >= DEAF_AFTER;
  }
}
