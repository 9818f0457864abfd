/** Something to be done for one or more ADWs. */
export interface KeyedJob {
  readonly keys: readonly string[];
  /** Bytes, about. */
  readonly weight: number;
  /** Shares no batch with another. */
  readonly alone: boolean;
}

/** What {@link KeyedQueue} takes. */
export interface KeyedQueueOptions<Job extends KeyedJob> {
  /** Does the jobs of one batch, in order. Must not reject. */
  readonly run: (batch: readonly Job[]) => Promise<void>;
  /** Weight of one batch, unless one job alone is heavier. */
  readonly weightMax: number;
}

/**
 * Jobs of the same key run one batch after the other, in the order they came; different keys run at the same time. What
 * waits for a busy key becomes its next batch, so that one round trip carries many appends. A job with several keys holds
 * all of them, and runs after everything that came before it under any of them.
 */
export class KeyedQueue<Job extends KeyedJob> {
  readonly #options: KeyedQueueOptions<Job>;
  readonly #busy = new Set<string>();
  #waiting: Job[] = [];
  #running = 0;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(options: KeyedQueueOptions<Job>) {
    this.#options = options;
  }

  /** Jobs that wait or run. */
  get pending(): number {
    return this.#waiting.length + this.#running;
  }

  /** Takes a job. It begins in a later microtask, so that calls made at once share a batch. */
  add(job: Job): void {
    this.#waiting.push(job);
    this.#schedule();
  }

  /** Resolves once nothing waits or runs. */
  async idle(): Promise<void> {
    if (this.pending > 0) await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      for (const batch of this.#gather()) void this.#begin(batch);
    });
  }

  /** Takes out of the waiting jobs what may run now. A job that may not blocks its keys for those behind it. */
  #gather(): Job[][] {
    const blocked = new Set(this.#busy);
    const forming = new Map<string, { batch: Job[]; weight: number }>();
    const batches: Job[][] = [];
    const rest: Job[] = [];
    for (const job of this.#waiting) {
      const [key = ''] = job.keys;
      const shared = job.keys.length === 1 && !job.alone ? forming.get(key) : undefined;
      const fits = shared !== undefined && shared.weight + job.weight <= this.#options.weightMax;
      const free = job.keys.every(one => !blocked.has(one) && !forming.has(one));
      if (fits && !blocked.has(key)) {
        shared.batch.push(job);
        shared.weight += job.weight;
      } else if (free) {
        const batch = [job];
        batches.push(batch);
        if (job.keys.length === 1 && !job.alone) forming.set(key, { batch, weight: job.weight });
        else for (const one of job.keys) blocked.add(one);
      } else {
        rest.push(job);
        for (const one of job.keys) blocked.add(one);
      }
    }
    this.#waiting = rest;
    return batches;
  }

  async #begin(batch: readonly Job[]): Promise<void> {
    const keys = batch[0]!.keys;
    for (const key of keys) this.#busy.add(key);
    this.#running += batch.length;
    await this.#options.run(batch);
    this.#running -= batch.length;
    for (const key of keys) this.#busy.delete(key);
    if (this.pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#schedule();
  }
}
