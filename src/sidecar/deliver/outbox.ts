import type { BacklogScheduler } from '../../base/backlog-scheduler.ts';
import type { RefusedUnit } from '../../event/position.ts';
import type { Item } from '../flow.ts';
import type { Delivery, OnTaken } from './delivery.ts';
import { countOf, packed } from './packed-unit.ts';

/** Bytes of items that may wait, on their way included: bounds the sidecar's memory while the server is slow or away. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of items in one batch: so many that a request counts for little. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** The same where no request is made: the process does nothing else while it admits and commits a batch, and a smaller one costs no more. */
export const LOCAL_BATCH_BYTES_MAX = BATCH_BYTES_MAX / 16;
/** What an event weighs beside its line's bytes, roughly. */
const EVENT_BYTES = 1_000;

/** What an outbox tells its owner. */
export interface OutboxOptions {
  readonly delivery: Delivery;
  /** Items are in the log. */
  readonly onTaken: OnTaken;
  /**
   * The log stands elsewhere, or holds other bytes (`held`): every unit that waited was dropped, and is to be read again
   * from the log's positions.
   */
  readonly onMismatch: (held: readonly RefusedUnit[]) => Promise<void>;
  /** There is room again, nothing waits any more, or delivery has failed for good. */
  readonly onChange: () => void;
  /** Bytes of items in one batch; those of one for HTTP when absent. */
  readonly batchBytesMax?: number | undefined;
  /** Whether units wait as the bytes that will be sent: where they are not looked at again once they are taken. False when absent. */
  readonly packs?: boolean;
  /** Is told what waits here, in bytes: the sidecars of one process hold only so much together. */
  readonly backlogScheduler?: Pick<BacklogScheduler, 'add'> | undefined;
}

/**
 * Items on their way to the server: first in, first out, one batch at a time. While a batch is under way the next one
 * gathers, so an idle sidecar sends at once and a busy one in large batches, with no timer for it.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: Item[] = [];
  #bytes = 0;
  #running: Promise<void> | undefined;
  #error: unknown;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether more may be pushed. */
  get hasRoom(): boolean {
    return this.#bytes < WAITING_BYTES_MAX;
  }

  /** Whether nothing waits or is under way. */
  get isEmpty(): boolean {
    return this.#running === undefined;
  }

  /** Puts an item at the end and sees to it that it is sent. */
  push(item: Item): void {
    this.#waiting.push(this.#options.packs ? packed(item) : item);
    this.#add(weigh(item));
    this.#running ??= this.#run();
  }

  /** What made delivery fail for good; undefined while it goes on. */
  get error(): unknown {
    return this.#error;
  }

  /** Drops the units that wait. Events of other files keep their place: they are deduplicated by their ids, and are not read again. */
  dropUnits(): void {
    this.#add(-sumOf(this.#waiting.filter(item => item.kind === 'unit')));
    this.#waiting = this.#waiting.filter(item => item.kind !== 'unit');
  }

  /** Lets go of what waits: nothing more is delivered. */
  close(): void {
    this.#add(-sumOf(this.#waiting));
    this.#waiting = [];
  }

  /** Resolves when nothing waits any more. @throws what made delivery fail for good */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#error !== undefined) throw this.#error;
  }

  async #run(): Promise<void> {
    // A turn of the event loop gathers what is pushed together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) await this.#sendNext();
    } catch (error) {
      this.#error = error;
    } finally {
      this.#running = undefined;
      this.#options.onChange();
    }
  }

  async #sendNext(): Promise<void> {
    const batch = this.#take();
    const { delivery, onTaken, onMismatch } = this.#options;
    const mismatch = await delivery.send(batch, onTaken).finally(() => this.#add(-sumOf(batch)));
    if (mismatch !== undefined) {
      this.#add(sumOf(batch));
      this.#waiting = [...batch, ...this.#waiting];
      this.dropUnits();
      await onMismatch(mismatch.held ?? []);
    }
    this.#options.onChange();
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#options.backlogScheduler?.add(bytes);
  }

  #take(): Item[] {
    const { batchBytesMax = BATCH_BYTES_MAX } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const item of this.#waiting) {
      bytes += weigh(item);
      if (count > 0 && bytes > batchBytesMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

function sumOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + weigh(item), 0);
}

function weigh(item: Item): number {
  const line = item.kind === 'unit' ? item.unit.end - item.unit.offset : 0;
  const artifacts = item.kind === 'unit' ? item.unit.artifacts : item.found.artifacts;
  const uploads = artifacts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return line + uploads + countOf(item) * EVENT_BYTES;
}
