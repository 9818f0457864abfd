import type { Writable } from 'node:stream';
import type { CloseRow } from '../../event/close-code.ts';
import type { ServerMessage } from '../../event/message.ts';

/** What differs between a WebSocket and a stream of Server-Sent Events once bytes are made. */
export interface Transport {
  /** Where bytes go. */
  readonly stream: Writable;
  /** Whether bytes may still be written. */
  isOpen(): boolean;
  /** The bytes of one control message. */
  message(message: ServerMessage): Buffer;
  /** Says goodbye; what was written before still goes out. */
  close(row: CloseRow, reason: string): void;
  /** Lets go at once. */
  destroy(): void;
}

/**
 * Writes to the socket of one client, within a limit: at most `bytesMax` unsent, or one piece alone where one event is larger.
 * Several writes in one turn of the event loop cost one system call when `gathers` is set.
 */
export class SocketWriter {
  /** Set for a client with several subscriptions, whose pieces come from different channels in one flush. */
  gathers = false;
  readonly #transport: Transport;
  readonly #bytesMax: number;
  readonly #stream: Writable;
  #waiting: (() => void)[] = [];
  #written = 0;
  #corked = false;

  constructor(transport: Transport, bytesMax: number) {
    this.#transport = transport;
    this.#stream = transport.stream;
    this.#bytesMax = bytesMax;
  }

  /** Bytes handed over and not yet taken by the kernel. */
  get buffered(): number {
    return this.#stream.writableLength;
  }

  /** Bytes that the kernel has taken: what tells a client that reads from one that is only written to. */
  get taken(): number {
    return this.#written - this.buffered;
  }

  get isOpen(): boolean {
    return this.#transport.isOpen();
  }

  /** Whether `bytes` more stay within the limit. */
  fits(bytes: number): boolean {
    const { buffered } = this;
    return buffered === 0 || buffered + bytes <= this.#bytesMax;
  }

  /** Resolves true as soon as `bytes` fit, false when the client is gone. */
  async room(bytes: number): Promise<boolean> {
    while (this.isOpen && !this.fits(bytes)) await this.#drained();
    return this.isOpen;
  }

  /** Writes bytes that fit. Nothing happens when the client is gone. */
  write(bytes: Buffer): void {
    if (!this.isOpen) return;
    if (this.gathers && !this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#stream.uncork();
      });
    }
    this.#written += bytes.length;
    this.#stream.write(bytes);
  }

  send(message: ServerMessage): void {
    this.write(this.#transport.message(message));
  }

  close(row: CloseRow, reason: string): void {
    this.#transport.close(row, reason);
    this.released();
  }

  destroy(): void {
    this.#transport.destroy();
    this.released();
  }

  /** Ends waits for room that will not come. To be called when the client is gone. */
  released(): void {
    this.#stream.off('drain', this.#wake);
    this.#wake();
  }

  #drained(): Promise<void> {
    return new Promise(resolve => {
      // A stream below its own high-water mark never says 'drain'.
      if (!this.#stream.writableNeedDrain) return void setImmediate(resolve);
      if (this.#waiting.length === 0) this.#stream.once('drain', this.#wake);
      this.#waiting.push(resolve);
    });
  }

  readonly #wake = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}
