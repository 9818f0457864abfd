import { AdwStreamError } from '../../../base/errors.ts';
import { type AppendEntry, type AppendResult, type Outcome, PositionMismatchError } from '../store.ts';
import type { AdwIndex } from './adw-index.ts';
import { adwIdOf, type Decided, decide, newDraft } from './decide.ts';
import { storeError } from './failure.ts';
import type { IndexCache } from './index-cache.ts';
import { type KeyedJob, KeyedQueue } from './keyed-queue.ts';
import type { Publisher } from './publish.ts';
import { EVENTS_PER_COMMIT_MAX } from './seq.ts';

/** What {@link Writer} takes. */
export interface WriterOptions {
  readonly indexes: IndexCache;
  readonly publisher: Publisher;
  /** Brings this node to the newest commit of an ADW. */
  readonly catchUp: (adwId: string) => Promise<unknown>;
  readonly lastSeq: () => number;
  /** Whether the log is no more: then nothing of it is waited for. */
  readonly isLost: () => boolean;
  readonly appendTimeoutMs: number;
}

interface AppendJob extends KeyedJob {
  readonly entries: readonly AppendEntry[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

interface ExclusiveJob extends KeyedJob {
  readonly work: () => Promise<void>;
}

/**
 * Appends: one commit in flight for each ADW, many ADWs at once. A batch is decided against the ADW's index and published
 * if that is still the newest; when another node was first, the index catches up and the batch is decided again.
 *
 * One commit is of one ADW. A call that spans several is decided as a whole and then stored run by run, in its order; a
 * node that dies in between leaves a beginning of it, and a client that sends it again adds the rest.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #queue: KeyedQueue<AppendJob | ExclusiveJob>;
  #pending = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#queue = new KeyedQueue({ run: batch => this.#run(batch), weightMax: options.publisher.bodyMax });
  }

  /** Calls that wait for their commit. */
  get pending(): number {
    return this.#pending;
  }

  append(entries: readonly AppendEntry[]): Promise<AppendResult> {
    this.#pending += 1;
    return new Promise<AppendResult>((resolve, reject) => {
      this.#queue.add(jobOf(entries, { resolve, reject }));
    }).finally(() => {
      this.#pending -= 1;
    });
  }

  /** Does `work` while nothing is appended to this ADW through this node. */
  exclusively<Result>(adwId: string, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settled = () => work().then(resolve, reject);
      this.#queue.add({ keys: [adwId], weight: 0, alone: true, work: settled });
    });
  }

  /** Resolves once everything that was taken is answered. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #run(batch: readonly (AppendJob | ExclusiveJob)[]): Promise<void> {
    const [first] = batch;
    if (first !== undefined && 'work' in first) return first.work();
    const jobs = batch as readonly AppendJob[];
    const giveUpAt = Date.now() + this.#options.appendTimeoutMs;
    try {
      await (jobs[0]!.keys.length === 1 ? this.#store(jobs, giveUpAt) : this.#storeRuns(jobs[0]!, giveUpAt));
    } catch (error) {
      const reason = error instanceof PositionMismatchError ? error : storeError(error, 'store the events');
      for (const job of jobs) job.reject(reason);
    }
  }

  /** Decides and publishes calls of one ADW until each is answered. */
  async #store(jobs: readonly AppendJob[], giveUpAt: number): Promise<void> {
    const { indexes, publisher, catchUp, lastSeq, isLost } = this.#options;
    const adwId = jobs[0]!.keys[0]!;
    for (let isRetry = false; ; isRetry = true) {
      if (isLost()) throw new AdwStreamError('store_unavailable', 'The stream was deleted, or purged.');
      if (Date.now() >= giveUpAt) throw new AdwStreamError('store_unavailable', 'Other nodes are always first.');
      const index = await indexes.open(adwId);
      const { draft, accepted, refused } = plan(jobs, index);
      if (refused.size > 0 && !isRetry) {
        // Another node may have taken what lies before it: only the newest commit can tell.
        await catchUp(adwId);
        continue;
      }
      const empty = draft.events.length === 0 && draft.files.size === 0;
      if (!empty && (await publisher.publish(draft, giveUpAt)) === 'conflict') continue;
      for (const [{ resolve }, decided] of accepted) resolve({ ...decided, lastSeq: lastSeq() });
      for (const [{ reject }, error] of refused) reject(error);
      return;
    }
  }

  /** Stores a call that spans several ADWs. */
  async #storeRuns({ entries, keys, resolve }: AppendJob, giveUpAt: number): Promise<void> {
    const { indexes, catchUp, lastSeq } = this.#options;
    const open = async () => new Map(await Promise.all(keys.map(async key => [key, await indexes.open(key)] as const)));
    const decided = (indexes: ReadonlyMap<string, AdwIndex>) =>
      decide(entries, new Map([...indexes].map(([adwId, index]) => [adwId, newDraft(index)])));
    let plan = decided(await open());
    if (plan instanceof PositionMismatchError) {
      await Promise.all(keys.map(catchUp));
      plan = decided(await open());
      if (plan instanceof PositionMismatchError) throw plan;
    }
    const outcomes: Outcome[] = [];
    for (const run of runsOf(entries)) {
      const result = await new Promise<AppendResult>((done, reject) => {
        this.#store([jobOf(run, { resolve: done, reject })], giveUpAt).catch(reject);
      });
      outcomes.push(...result.outcomes);
    }
    resolve({ outcomes, lastSeq: lastSeq(), positions: plan.positions });
  }
}

function jobOf(entries: readonly AppendEntry[], settle: Pick<AppendJob, 'resolve' | 'reject'>): AppendJob {
  const keys = [...new Set(entries.map(adwIdOf))].sort();
  const weight = entries.reduce((sum, entry) => sum + weightOf(entry), 0);
  return { keys, weight, alone: false, entries, ...settle };
}

/** Decides each call after those before it. */
function plan(jobs: readonly AppendJob[], index: AdwIndex) {
  const draft = newDraft(index);
  const drafts = new Map([[index.adwId, draft]]);
  const accepted = new Map<AppendJob, Decided>();
  const refused = new Map<AppendJob, PositionMismatchError>();
  for (const job of jobs) {
    const decided = decide(job.entries, drafts);
    if (decided instanceof PositionMismatchError) refused.set(job, decided);
    else accepted.set(job, decided);
  }
  if (draft.events.length > EVENTS_PER_COMMIT_MAX) {
    throw new AdwStreamError('too_large', `${draft.events.length} events at once; ${EVENTS_PER_COMMIT_MAX} fit.`);
  }
  return { draft, accepted, refused };
}

/** The entries in their order, cut wherever the ADW changes. */
function runsOf(entries: readonly AppendEntry[]): AppendEntry[][] {
  const runs: AppendEntry[][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run !== undefined && adwIdOf(run[0]!) === adwIdOf(entry)) run.push(entry);
    else runs.push([entry]);
  }
  return runs;
}

function weightOf(entry: AppendEntry): number {
  const events = entry.kind === 'unit' ? entry.events : [entry.event];
  return events.reduce((sum, { dataJson, text }) => sum + dataJson.length + text.length + 200, 0);
}
