import { sleep } from '../../base/clock.ts';
import { eventsOf, type Item } from '../flow.ts';

/** What {@link ReplayThrottle} takes. */
export interface ReplayThrottleOptions {
  /** How many times as fast as it happened. */
  readonly speed: number;
  /** The longest idle time kept, ms before speeding up; absent keeps all. */
  readonly maxGapMs: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Lets items go at the pace at which they happened. Streams wait in a queue each, with no more in it than one read gave,
 * and the earliest item of all goes next.
 */
export class ReplayThrottle {
  readonly #options: ReplayThrottleOptions;
  readonly #queues = new Map<string, Item[]>();
  /** When the item that went last happened, ms. */
  #lastMs: number | undefined;
  #dueAt = Date.now();

  constructor(options: ReplayThrottleOptions) {
    this.#options = options;
  }

  /** Puts an item at the end of its stream's queue. */
  add(item: Item): void {
    const key = queueOf(item);
    const queue = this.#queues.get(key);
    if (queue) queue.push(item);
    else this.#queues.set(key, [item]);
  }

  /** Whether no item waits. */
  get isEmpty(): boolean {
    for (const queue of this.#queues.values()) if (queue.length > 0) return false;
    return true;
  }

  /** Drops the units that wait: they are read again from elsewhere. */
  dropUnits(): void {
    for (const [key, queue] of this.#queues)
      this.#queues.set(
        key,
        queue.filter(item => item.kind !== 'unit'),
      );
  }

  /** Whether items of a stream still wait. */
  isWaiting(path: string): boolean {
    return (this.#queues.get(path)?.length ?? 0) > 0;
  }

  /** The item that happened first of all that wait, when its time has come; undefined when none waits. */
  async next(): Promise<Item | undefined> {
    let first: Item[] | undefined;
    for (const queue of this.#queues.values()) {
      if (queue[0] && (first?.[0] === undefined || timeOf(queue[0]) < timeOf(first[0]))) first = queue;
    }
    const item = first?.shift();
    if (item) await this.#waitFor(timeOf(item));
    return item;
  }

  async #waitFor(ms: number): Promise<void> {
    const { speed, maxGapMs, signal } = this.#options;
    if (!Number.isFinite(ms)) return;
    const gap = Math.max(0, ms - (this.#lastMs ?? ms));
    this.#lastMs = Math.max(ms, this.#lastMs ?? ms);
    this.#dueAt += Math.min(gap, maxGapMs ?? gap) / speed;
    const wait = this.#dueAt - Date.now();
    if (wait > 0) await sleep(wait, signal);
  }
}

function queueOf(item: Item): string {
  return item.kind === 'unit' ? item.unit.generation.path : '';
}

/** When an item happened, ms; events of unknown time go at once. */
function timeOf(item: Item): number {
  const data = eventsOf(item)[0]?.data;
  const ms = data?.timing === 'unknown' ? Number.NaN : Date.parse(data?.timestamp ?? '');
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms;
}
