import { createHash, randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listedRun, type RunsMessage } from '../../adw/listed-run.ts';
import { isEnded } from '../../adw/run-state.ts';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import type { Clock } from '../../base/clock.ts';
import type { States } from './states.ts';

/** ms between two polls for what changed: a follower is told of a run at most that often. */
const POLL_MS = 1_000;
/** ms after which followers are told of a run that goes on though no event came of it: its words count the time. */
const AGAIN_MS = 10_000;
/** Runs in one message. Prevents a summary of thousands from holding the process up. */
const MESSAGE_RUNS_MAX = 200;

/** What takes the messages of one follower. */
export interface Sink {
  /** Resolves true as soon as so many bytes may be written, false once the follower is gone. */
  room(bytes: number): Promise<boolean>;
  write(bytes: Buffer): void;
  /** Resolves when the follower is gone. */
  readonly ended: Promise<void>;
}

/** What a follower asks for. */
export interface Following {
  /** The `at` of the last message that it has; absent for none. */
  readonly after: string | undefined;
  /** Whether it wants what phases, roles and models took. */
  readonly withParts: boolean;
}

interface Known {
  readonly lastSeq: number;
  /** Of what a list shows of it, parts included. */
  readonly digest: string;
  /** Grows with each change, over all runs. */
  version: number;
  /** When the clock may have changed what is said of it, ms since the Unix epoch. */
  readonly checkAtMs: number;
}

interface Follower extends Following {
  readonly sink: Sink;
  /** It has what changed up to this version. */
  version: number;
  isTold: boolean;
}

/** What {@link RunFeed} takes. */
export interface RunFeedOptions {
  readonly states: Pick<States, 'heads' | 'one' | 'ready'>;
  readonly clock: Clock;
  readonly agentsDir: string | undefined;
  readonly otherRuns: number | undefined;
}

/**
 * Tells followers which runs changed. Nothing waits in memory for a slow one: each has the version up to which it was told, and
 * gets the runs that changed after it, as they are when there is room. Without a follower nothing is polled.
 */
export class RunFeed {
  readonly #options: RunFeedOptions;
  /** Versions begin anew with the process. */
  readonly #name = randomUUID().slice(0, 8);
  readonly #runs = new Map<string, Known>();
  readonly #followers = new Set<Follower>();
  #version = 1;
  /** Followers that were told less begin with the whole list: they may have runs that are no more. */
  #wholeSince = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RunFeedOptions) {
    this.#options = options;
  }

  /** Resolves once the past is known: half a list would be a wrong one. */
  get ready(): Promise<void> {
    return this.#options.states.ready;
  }

  /** Sends the list to `sink`, or what changed since it was left, and then what changes, until it ends. */
  follow(sink: Sink, { after, withParts }: Following): void {
    const follower: Follower = { sink, after, withParts, version: this.#versionOf(after), isTold: false };
    this.#followers.add(follower);
    void sink.ended.then(() => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    if (this.#timer !== undefined) return void this.#tell(follower);
    this.#timer = setInterval(() => this.#poll(), POLL_MS).unref();
    this.#poll();
  }

  #versionOf(after = ''): number {
    const [name, version] = after.split(':');
    const told = name === this.#name ? Number(version) : 0;
    return told <= this.#version ? told : 0;
  }

  #poll(): void {
    const { states, clock } = this.#options;
    const nowMs = clock.now();
    const heads = states.heads();
    for (const { adwId, lastSeq } of heads) {
      const known = this.#runs.get(adwId);
      if (known?.lastSeq === lastSeq && nowMs < known.checkAtMs) continue;
      const summary = states.one(adwId);
      if (summary === undefined) continue;
      const digest = digestOf(summary);
      // Many events change nothing that a list shows: the server's own word on a run that has ended comes after the run's.
      const version = known?.digest === digest ? known.version : ++this.#version;
      this.#runs.set(adwId, { lastSeq, digest, version, checkAtMs: checkAgainAt(summary, nowMs) });
    }
    if (this.#runs.size > heads.length) this.#forget(new Set(heads.map(({ adwId }) => adwId)));
    for (const follower of this.#followers) void this.#tell(follower);
  }

  /** Retention is rare: every follower gets the whole list anew. */
  #forget(kept: ReadonlySet<string>): void {
    this.#wholeSince = ++this.#version;
    for (const [adwId, known] of this.#runs) {
      if (kept.has(adwId)) known.version = ++this.#version;
      else this.#runs.delete(adwId);
    }
  }

  async #tell(follower: Follower): Promise<void> {
    if (follower.isTold) return;
    follower.isTold = true;
    while (follower.version < this.#version) {
      const { bytes, to } = this.#message(follower);
      if (!(await follower.sink.room(bytes.length))) return;
      follower.sink.write(bytes);
      follower.version = to;
      await nextTurn();
    }
    follower.isTold = false;
  }

  #message({ version, withParts }: Follower): { readonly bytes: Buffer; readonly to: number } {
    const { states, agentsDir, otherRuns } = this.#options;
    const changed = [...this.#runs]
      .filter(([, known]) => known.version > version)
      .toSorted(([, one], [, other]) => one.version - other.version);
    const more = changed.length > MESSAGE_RUNS_MAX;
    const told = changed.slice(0, MESSAGE_RUNS_MAX);
    const to = more ? told.at(-1)![1].version : this.#version;
    const at = `${this.#name}:${to}`;
    const adws = told.flatMap(([adwId]) => {
      const summary = states.one(adwId);
      return summary === undefined ? [] : [listedRun(summary, { withParts })];
    });
    const whole = version < this.#wholeSince;
    const data: RunsMessage = { at, whole, more, agents_dir: agentsDir ?? null, other_runs: otherRuns ?? 0, adws };
    return { bytes: Buffer.from(`id: ${at}\nevent: runs\ndata: ${JSON.stringify(data)}\n\n`), to };
  }
}

function digestOf(summary: AdwSummary): string {
  return createHash('sha1')
    .update(JSON.stringify(listedRun(summary, { withParts: true })))
    .digest('base64');
}

function checkAgainAt({ status, next_check_at: next }: AdwSummary, nowMs: number): number {
  const nextMs = next === null ? Number.POSITIVE_INFINITY : Date.parse(next);
  // What lies in the past is no time to check again at: every poll would.
  const clockMs = nextMs > nowMs ? nextMs : Number.POSITIVE_INFINITY;
  return isEnded(status) ? clockMs : Math.min(clockMs, nowMs + AGAIN_MS);
}
