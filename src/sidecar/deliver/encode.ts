import type { NewEvent } from '../../event/schema.ts';

const NEWLINE = 0x0a;
/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
const UNIT_BYTES_MAX = 3;
const INITIAL_BYTES = 256 * 1024;

/**
 * Writes events as NDJSON into one buffer that serves all batches: joining the lines to a string first, which is copied
 * into bytes after, was a third of a replay's time.
 */
export class BatchEncoder {
  #buffer = Buffer.alloc(0);

  /** The batch's bytes. They stay as they are until the next call, or for good after `abandon`. */
  encode(events: readonly NewEvent[]): Buffer {
    let length = 0;
    for (const event of events) {
      const text = JSON.stringify(event);
      this.#reserve(length, text.length * UNIT_BYTES_MAX + 1);
      length += this.#buffer.write(text, length);
      this.#buffer[length] = NEWLINE;
      length += 1;
    }
    return this.#buffer.subarray(0, length);
  }

  /** Leaves the last batch's bytes to whoever may still be sending them: the next batch gets a buffer of its own. */
  abandon(): void {
    this.#buffer = Buffer.alloc(0);
  }

  #reserve(used: number, more: number): void {
    if (this.#buffer.length - used >= more) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(INITIAL_BYTES, 2 * this.#buffer.length, used + more));
    this.#buffer.copy(larger, 0, 0, used);
    this.#buffer = larger;
  }
}
