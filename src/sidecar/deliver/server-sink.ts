import type { BacklogScheduler } from '../../base/backlog-scheduler.ts';
import { agoMs } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { LocalLog } from '../../event/local-log.ts';
import type { RefusedUnit } from '../../event/position.ts';
import type { Item } from '../flow.ts';
import { type Connection, connectLocally } from './connection.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Acknowledged, FileGeneration, LogPositions } from './delivery.ts';
import { LOCAL_BATCH_BYTES_MAX, Outbox } from './outbox.ts';
import type { ToldToReference } from './reference-told.ts';
import type { Sink, SinkReport } from './sink.ts';

/** How often the server is asked whether its log is still the same, ms. */
const EPOCH_MS = 5_000;
/** How long a stopping watch tries to deliver what it has read, ms. */
const DRAIN_MS = 5_000;

/** What {@link ServerSink} takes. */
export interface ServerSinkOptions extends ToldToReference {
  readonly adwId: string;
  readonly server: string;
  /** The log of that server, where it is in this process: nothing goes over HTTP then. */
  readonly localLog?: (() => LocalLog) | undefined;
  readonly token: string | undefined;
  /** How long to keep trying a server that cannot be reached, ms. */
  readonly timeoutMs: number;
  /** Whether to go on delivering for a while after `signal` has aborted, as a watch does. */
  readonly drains: boolean;
  /** Whether it does so also where the server has not answered before: a command has ended, and what it wrote is to be read. */
  readonly owes: boolean;
  readonly signal: AbortSignal;
  /** Told of what was taken at once, before anything that follows it is sent; a report tells of it too. */
  readonly onTaken: (items: readonly Item[]) => void;
  /** Whether units may wait as bytes: the events of what was taken are not looked at again. False when absent. */
  readonly packs?: boolean;
  /** Absolute path of the file that keeps what the server refuses for good. */
  readonly deadLettersFile: string;
  /** Called when there is a report, room, or an error. */
  readonly onChange: () => void;
  /** Is told how much waits. */
  readonly backlogScheduler?: BacklogScheduler | undefined;
  readonly log: Logger;
}

/** Delivers to a server, ours or a reference one. It connects at once, and asks again where the log stands when it must. */
export class ServerSink implements Sink {
  readonly #options: ServerSinkOptions;
  readonly #deadLetters: DeadLetters;
  readonly #giveUp = new AbortController();
  readonly #drain = (): void => {
    // Before the log's positions are known nothing was read, and there is nothing to drain.
    const { owes } = this.#options;
    setTimeout(() => this.#giveUp.abort(), this.#outbox || owes ? DRAIN_MS : 0).unref();
  };
  #connection: Connection | undefined;
  #outbox: Outbox | undefined;
  #reports: SinkReport[] = [];
  #error: unknown;
  #epoch: string | undefined;
  #epochAskedAt = Date.now();
  /** Whether the log's positions are being asked for: what is pushed meanwhile would not fit. */
  #isSettling = true;
  #isAsking = false;

  constructor(options: ServerSinkOptions) {
    this.#options = options;
    const { deadLettersFile, signal, drains, log } = options;
    this.#deadLetters = new DeadLetters(deadLettersFile, { log });
    if (drains && signal.aborted) this.#drain();
    else if (drains) signal.addEventListener('abort', this.#drain, { once: true });
    this.#beside(this.#open());
  }

  get isOpen(): boolean {
    return this.#outbox !== undefined;
  }

  get isReference(): boolean {
    return this.#connection?.delivery.kind === 'reference';
  }

  get hasRoom(): boolean {
    return !this.#isSettling && this.#outbox?.hasRoom === true;
  }

  get isEmpty(): boolean {
    return !this.#isSettling && this.#outbox?.isEmpty === true && this.#reports.length === 0;
  }

  get error(): unknown {
    return this.#error;
  }

  get isConnected(): boolean {
    return this.#connection?.link.connected ?? false;
  }

  get retries(): number {
    return this.#connection?.link.retries ?? 0;
  }

  push(item: Item): void {
    this.#outbox?.push(item);
  }

  takeReports(): SinkReport[] {
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  askPositions(): void {
    const outbox = this.#outbox;
    if (!outbox || this.#isSettling) return;
    this.#isSettling = true;
    outbox.dropUnits();
    this.#beside(outbox.drained().then(() => this.#settle()));
  }

  askHeld(file: FileGeneration): void {
    const connection = this.#connection;
    if (connection)
      this.#beside(connection.delivery.held(file).then(held => this.#report({ kind: 'held', file, held })));
  }

  checkLog(now: number): void {
    const connection = this.#connection;
    if (this.#epoch === undefined || this.#isSettling || this.#isAsking || !connection) return;
    if (agoMs(this.#epochAskedAt, now) < EPOCH_MS) return;
    this.#epochAskedAt = now;
    this.#beside(this.#compareEpoch(connection));
  }

  askStatus(): void {
    const connection = this.#connection;
    if (this.#isAsking || !connection) return;
    this.#isAsking = true;
    this.#beside(
      connection.status().then(status => {
        this.#isAsking = false;
        this.#report({ kind: 'status', status });
      }),
    );
  }

  close(): void {
    this.#options.signal.removeEventListener('abort', this.#drain);
    this.#outbox?.close();
    this.#connection?.close();
  }

  /** Finds out what the server is and where its log stands. */
  async #open(): Promise<void> {
    const signal = this.#options.drains ? this.#giveUp.signal : this.#options.signal;
    const connection = await this.#connect(signal);
    this.#connection = connection;
    const positions = await connection.delivery.positions();
    this.#outbox = new Outbox({
      delivery: connection.delivery,
      onTaken: (items, outcome) => this.#onTaken(items, outcome),
      onMismatch: held => this.#settle(held),
      onChange: () => this.#onOutboxChange(),
      backlogScheduler: this.#options.backlogScheduler,
      packs: this.#options.packs === true && !this.#options.localLog && connection.delivery.kind === 'native',
      batchBytesMax: this.#options.localLog && LOCAL_BATCH_BYTES_MAX,
    });
    this.#settled(positions);
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { localLog } = this.#options;
    if (localLog) return connectLocally({ ...this.#options, localLog, signal });
    // The HTTP client takes a megabyte: list, status and tail share this pipeline and never deliver.
    const { connect } = await import('./connect.ts');
    return connect({ ...this.#options, signal });
  }

  /** The log stands elsewhere than we thought: another sidecar delivered, or it is another log. */
  async #settle(held: readonly RefusedUnit[] = []): Promise<void> {
    this.#isSettling = true;
    this.#settled(await this.#connection?.delivery.positions(), held);
  }

  #settled(positions: LogPositions | undefined, held: readonly RefusedUnit[] = []): void {
    this.#epoch = positions?.epoch;
    this.#isSettling = false;
    this.#report({ kind: 'positions', positions, held });
  }

  /** A server that was reset while nothing had to be delivered says so only when it is asked. */
  async #compareEpoch(connection: Connection): Promise<void> {
    this.#isAsking = true;
    const epoch = await connection.epoch();
    this.#isAsking = false;
    if (epoch === undefined || epoch === this.#epoch) return;
    this.#isSettling = true;
    await this.#outbox?.drained();
    // What was on its way may have found out first.
    if (epoch === this.#epoch) this.#isSettling = false;
    else await this.#settle();
  }

  #onTaken(items: readonly Item[], outcome: Acknowledged): void {
    this.#deadLetters.add(outcome.refused);
    this.#options.onTaken(items);
    // A log that was reset would not have taken bytes that follow others.
    if (items.some(item => item.kind === 'unit' && item.unit.offset > 0)) this.#epochAskedAt = Date.now();
    this.#report({ kind: 'acknowledged', items, outcome });
  }

  #onOutboxChange(): void {
    this.#error ??= this.#outbox?.error;
    this.#options.onChange();
  }

  #report(report: SinkReport): void {
    this.#reports.push(report);
    this.#options.onChange();
  }

  /** What happens beside the loop: an error of it ends delivery. */
  #beside(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#error ??= error;
      this.#options.onChange();
    });
  }
}
