import { setImmediate } from 'node:timers/promises';
import { agoMs, sleep } from '../base/clock.ts';
import { AdwStreamError } from '../base/errors.ts';
import type { RefusedUnit } from '../event/position.ts';
import type { NewEvent } from '../event/schema.ts';
import { type Connection, connect } from './deliver/connect.ts';
import { DeadLetters } from './deliver/dead-letters.ts';
import type { Acknowledged } from './deliver/delivery.ts';
import { Outbox } from './deliver/outbox.ts';
import { Tally } from './deliver/tally.ts';
import { eventsOf, type Item } from './flow.ts';
import { Follower } from './follower.ts';
import type { SidecarOptions, SidecarSummary } from './options.ts';
import { createRedactor } from './parse/redact.ts';
import { CompletionDetector } from './replay/completion.ts';
import { ReplayThrottle } from './replay/throttle.ts';
import { AcknowledgedPositions } from './tail/acknowledged.ts';
import { Checkpoint } from './tail/checkpoint.ts';
import { DisputedPositions, isOnDisk } from './tail/disputed.ts';
import { moveFormerState } from './tail/former-state.ts';
import { ArrivalJournal } from './tail/journal.ts';
import { extentOf, fileSummaries, type InLog } from './tail/lag.ts';
import { acquireLock, type Lock } from './tail/lock.ts';
import { GenerationRegistry } from './tail/registry.ts';
import { makeStateDir, stateFile } from './tail/state-dir.ts';

/** How often the server is asked whether its log is still the same, ms. */
const EPOCH_MS = 5_000;
/** ms between two questions whether the ADW is over. */
const JUDGE_MS = 1_000;
/** How often a watch tells how it stands, ms. */
const HEALTH_MS = 10_000;
/** How long a stopping watcher tries to deliver what it has read, ms. */
const DRAIN_MS = 5_000;
/** How long a stopping watcher waits for what was written last to be complete, ms. */
const SETTLE_MS = 1_500;
/** How often progress is told while there is some, and while nothing happens, ms. */
const PROGRESS_MS = 500;
const PROGRESS_IDLE_MS = 2_000;
/** Longest time between looks of a watch that somebody looks at, ms. */
const LOOK_MS = 1_000;
/** A replay, or a watch at its end, looks again this often while a file is not complete yet, ms. */
const LAST_LOOK_MS = 50;

/**
 * The sidecar: discover → tail → parse → deliver, for one ADW. `watch` goes on until its signal aborts, `replay` returns
 * when everything on disk is acknowledged; they differ in nothing else.
 * @throws AdwStreamError adw_not_found (replay), adw_locked, state_dir_unwritable, state_dir_unsafe, server_unreachable, unauthorized
 */
export async function runSidecar(options: SidecarOptions): Promise<SidecarSummary> {
  const sidecar = new Sidecar(options);
  return sidecar.run();
}

class Sidecar {
  readonly #options: SidecarOptions;
  readonly #tally = new Tally();
  readonly #disputed: DisputedPositions;
  readonly #registry = new GenerationRegistry();
  readonly #delivered: AcknowledgedPositions;
  readonly #deadLetters: DeadLetters;
  readonly #journal: ArrivalJournal;
  readonly #follower: Follower;
  readonly #lock: Lock | undefined;
  readonly #ending: CompletionDetector | undefined;
  readonly #pace: ReplayThrottle | undefined;
  /** Aborts delivery: at once for replay, for watch only after the time to drain. */
  readonly #giveUp = new AbortController();
  readonly #startedAt = Date.now();
  #connection: Connection | undefined;
  #outbox: Outbox | undefined;
  #isTakenOver = false;
  /** Whether anything was read or acknowledged since progress was told. */
  #isBusy = false;
  #epochAskedAt = 0;
  #progressToldAt = 0;
  #judgedAt = 0;
  #isCaughtUp = false;
  #wake: () => void = () => {};
  /** Sees to it that there is a look at the files within so many ms. */
  #lookWithin: (ms: number) => void = () => {};
  readonly #inLog: InLog = (path, fingerprint) => this.#delivered.of(path, fingerprint);

  constructor(options: SidecarOptions) {
    this.#options = options;
    const { adwId, stateDir, formerStateDir, follow, takeover, log } = options;
    makeStateDir(stateDir);
    if (formerStateDir !== undefined) moveFormerState({ adwId, formerStateDir, stateDir, log });
    const { speed, maxGapMs, signal } = options;
    this.#ending = options.untilComplete ? new CompletionDetector(adwId, options.limits) : undefined;
    this.#pace = speed === undefined ? undefined : new ReplayThrottle({ speed, maxGapMs, signal });
    this.#lock = follow ? acquireLock(stateFile(stateDir, adwId, 'lock'), { adwId, takeover }) : undefined;
    const checkpoint = new Checkpoint(stateFile(stateDir, adwId, 'checkpoint.json'), log);
    this.#delivered = new AcknowledgedPositions({ server: options.server, checkpoint });
    this.#deadLetters = new DeadLetters(stateFile(stateDir, adwId, 'rejected.ndjson'), { log });
    this.#journal = new ArrivalJournal(stateFile(stateDir, adwId, 'journal'), log);
    this.#disputed = new DisputedPositions(log);
    this.#follower = new Follower({
      // Where no server of ours knows what was delivered before, all of it is read again to be judged.
      options: this.#ending === undefined ? options : { ...options, onKnown: events => this.#known(events) },
      journal: this.#journal,
      registry: this.#registry,
      redact: options.redact ? createRedactor({ patterns: options.redactPatterns }) : undefined,
      isReady: () => this.#outbox !== undefined,
      hasRoom: () => this.#outbox?.hasRoom ?? false,
      emit: item => this.#emit(item),
      onRedacted: counts => this.#tally.redacted(counts),
      onDisputed: (position, size) => this.#disputed.tell(position, size),
      wake: () => this.#wake(),
      lookWithin: ms => this.#lookWithin(ms),
    });
  }

  async run(): Promise<SidecarSummary> {
    const { follow, signal, adwId, agentsDir } = this.#options;
    try {
      if (!follow && !this.#follower.tree.exists()) {
        throw new AdwStreamError('adw_not_found', `There is no ${adwId}/ in ${agentsDir}.`);
      }
      this.#follower.start(Date.now());
      const stopWatching = follow ? this.#watchArrivals() : undefined;
      try {
        await this.#connect();
        await (follow ? this.#watch() : this.#replay());
      } catch (error) {
        if (!(signal.aborted && isUnreachable(error))) throw error;
      } finally {
        stopWatching?.();
      }
      return this.#summary();
    } finally {
      await this.#close();
    }
  }

  /** Arrivals are written down from the first moment, also while no server is there. @returns what ends it */
  #watchArrivals(): () => void {
    let toldAt = Date.now();
    let next: NodeJS.Timeout;
    let dueAt = Number.POSITIVE_INFINITY;
    const look = (): void => {
      const now = Date.now();
      dueAt = Number.POSITIVE_INFINITY;
      this.#isTakenOver = this.#lock?.isHeld() === false;
      this.#follower.look(now);
      if (!this.#outbox) this.#reportProgress();
      this.#wake();
      this.#lookWithin(this.#restMs(now));
      if (agoMs(toldAt, now) < HEALTH_MS) return;
      toldAt = now;
      this.#options.onHealth?.(this.#summary());
    };
    this.#lookWithin = ms => {
      if (dueAt <= Date.now() + ms) return;
      clearTimeout(next);
      dueAt = Date.now() + ms;
      next = setTimeout(look, ms);
    };
    this.#lookWithin(this.#options.pollMs);
    return () => {
      this.#lookWithin = () => {};
      clearTimeout(next);
    };
  }

  /** Until the next look, ms: not long while somebody wants to be told how it stands. */
  #restMs(now: number): number {
    const { onHealth, onProgress } = this.#options;
    const isAsked = this.#ending !== undefined || onHealth !== undefined || onProgress !== undefined;
    const restMs = this.#follower.lookMs(now);
    return isAsked || !this.#outbox ? Math.min(restMs, LOOK_MS) : restMs;
  }

  /** Finds out what the server is and where its log stands; then reading may begin. */
  async #connect(): Promise<void> {
    const { adwId, server, token, timeoutMs, log } = this.#options;
    const connection = await connect({ adwId, server, token, timeoutMs, signal: this.#abortSignal(), log });
    this.#connection = connection;
    const positions = await connection.delivery.positions();
    this.#registry.replace(this.#delivered.begin(positions));
    this.#outbox = new Outbox({
      delivery: connection.delivery,
      onAcknowledged: (items, outcome) => this.#onAcknowledged(items, outcome),
      isOnDisk: ahead => ahead.every(position => isOnDisk(position, this.#follower.streams)),
      onMismatch: held => this.#resync(held),
    });
  }

  #abortSignal(): AbortSignal {
    const { signal, follow } = this.#options;
    if (!follow) return signal;
    // Without a connection nothing was read, and there is nothing to drain.
    const drain = () => setTimeout(() => this.#giveUp.abort(), this.#outbox ? DRAIN_MS : 0).unref();
    if (signal.aborted) drain();
    else signal.addEventListener('abort', drain, { once: true });
    return this.#giveUp.signal;
  }

  async #watch(): Promise<void> {
    const { signal, log } = this.#options;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      if (!(await this.#step())) {
        this.#delivered.save(false);
        await this.#checkEpoch();
        if (await this.#isOver()) break;
        await this.#awake();
      }
      if (this.#isTakenOver) {
        log.warn('Another watcher has taken this ADW over; stopping.');
        return;
      }
    }
    // What was written last has to rest for a moment before it counts as complete.
    await this.#readAll(this.#giveUp.signal, Date.now() + SETTLE_MS);
    await this.#outbox?.drained();
  }

  async #replay(): Promise<void> {
    await this.#readAll(this.#options.signal);
    await this.#outbox?.drained();
  }

  /** Reads all that is there, and waits for what is not complete yet until `settleBy`; ends when the signal aborts. */
  async #readAll(signal: AbortSignal, settleBy = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      this.#follower.lookAtAll(Date.now());
      while (!signal.aborted && (await this.#step()));
      if (signal.aborted || Date.now() >= settleBy || !this.#follower.isWaiting()) return;
      await sleep(LAST_LOOK_MS, signal);
    }
  }

  /** Reads one piece and hands it on; waits while too much is on its way. Answers whether there was anything. */
  async #step(): Promise<boolean> {
    await this.#outbox?.room();
    const progressed = this.#follower.readNext(Date.now(), path => this.#pace?.isWaiting(path) ?? false);
    const paced = await this.#pace?.next();
    if (paced) this.#outbox?.push(paced);
    this.#isBusy ||= progressed;
    this.#reportProgress();
    // Timers, sockets and signals get their turn between two pieces.
    if (progressed) await setImmediate();
    return progressed || paced !== undefined;
  }

  #emit(item: Item): void {
    const fresh = this.#delivered.fresh(item);
    if (fresh === undefined) return;
    if (this.#pace) this.#pace.add(fresh);
    else this.#outbox?.push(fresh);
  }

  #known(events: readonly NewEvent[]): void {
    this.#ending?.add(events);
    this.#options.onKnown?.(events);
  }

  #onAcknowledged(items: readonly Item[], outcome: Acknowledged): void {
    this.#isBusy = true;
    this.#tally.acknowledged(items, { ...outcome, refused: outcome.refused.length });
    this.#deadLetters.add(outcome.refused);
    this.#delivered.add(items);
    // A log that was reset would not have taken bytes that follow others.
    if (items.some(item => item.kind === 'unit' && item.unit.offset > 0)) this.#epochAskedAt = Date.now();
    for (const item of items) {
      this.#ending?.add(eventsOf(item));
      this.#options.onEvents?.(eventsOf(item));
    }
    this.#wake();
  }

  /** The log stands elsewhere than we thought: somebody else delivered, or it is another log. */
  async #resync(held: readonly RefusedUnit[] = []): Promise<void> {
    const positions = await this.#connection?.delivery.positions();
    if (positions === undefined) return;
    const { epoch } = this.#delivered;
    this.#registry.replace(this.#delivered.take(positions));
    if (epoch === undefined || epoch === positions.epoch) {
      this.#follower.resync(held);
    } else {
      this.#options.log.warn('The server has a new log; delivering everything again.');
      this.#follower.forget();
    }
  }

  /** A server that was reset while nothing had to be delivered says so only when it is asked. */
  async #checkEpoch(): Promise<void> {
    const now = Date.now();
    if (this.#delivered.epoch === undefined || agoMs(this.#epochAskedAt, now) < EPOCH_MS) return;
    this.#epochAskedAt = now;
    const epoch = await this.#connection?.epoch();
    if (epoch !== undefined && epoch !== this.#delivered.epoch) {
      await this.#outbox?.drained();
      await this.#resync();
    }
  }

  async #isOver(): Promise<boolean> {
    if (this.#ending === undefined) return false;
    const now = Date.now();
    if (!this.#ending.mayAsk(agoMs(Math.max(this.#startedAt, this.#follower.grewAt), now))) return false;
    if (agoMs(this.#judgedAt, now) < JUDGE_MS) return false;
    this.#judgedAt = now;
    return this.#ending.isOver(await this.#connection?.status(), now);
  }

  /** Resolves at the next look at the files, or before when something happens. */
  #awake(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve;
      if (this.#options.signal.aborted) resolve();
    });
  }

  #reportProgress(): void {
    const { onProgress } = this.#options;
    const now = Date.now();
    if (!onProgress) return;
    const justCaughtUp = !this.#isCaughtUp && this.#follower.isCaughtUp && this.#outbox?.isEmpty === true;
    const everyMs = this.#isBusy || !this.#outbox ? PROGRESS_MS : PROGRESS_IDLE_MS;
    if (!justCaughtUp && agoMs(this.#progressToldAt, now) < everyMs) return;
    this.#isBusy = false;
    this.#progressToldAt = now;
    this.#isCaughtUp ||= justCaughtUp;
    onProgress({
      extent: () => extentOf(this.#follower.streams, this.#inLog),
      lines: this.#tally.lines,
      events: this.#tally.events,
      connected: this.#connection?.transport.connected ?? false,
      caughtUp: this.#isCaughtUp,
    });
  }

  #summary(): SidecarSummary {
    const now = Date.now();
    const perFile = fileSummaries(this.#follower.streams, this.#inLog, now);
    const { lines, events, bytes, rejected, redactions, lostBytes } = this.#tally;
    const inLog = perFile.reduce((sum, file) => sum + file.lines, 0);
    return {
      adwId: this.#options.adwId,
      files: perFile.length,
      lines,
      events,
      duplicates: Math.max(0, inLog - lines),
      bytes,
      seconds: (now - this.#startedAt) / 1000,
      retries: this.#connection?.transport.retries ?? 0,
      rejected,
      redactions,
      lostBytes,
      disputed: this.#disputed.count,
      perFile,
    };
  }

  async #close(): Promise<void> {
    this.#delivered.save(true);
    this.#follower.close();
    this.#journal.close();
    this.#connection?.close();
    this.#lock?.release();
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof AdwStreamError && error.code === 'server_unreachable';
}
