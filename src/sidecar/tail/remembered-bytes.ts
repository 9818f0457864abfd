import { hash } from 'node:crypto';

/**
 * What lay at some place of a file, to tell later whether it still does. Compact, it is a hash: thousands of idle files
 * cost little.
 */
export class RememberedBytes {
  #length = 0;
  /** As many as were ever remembered at once, kept from line to line; undefined while compact. */
  #bytes: Buffer | undefined = Buffer.alloc(0);
  #sha256 = '';

  /** How many bytes are remembered. */
  get length(): number {
    return this.#length;
  }

  /** Remembers a copy of `bytes` instead. */
  remember(bytes: Buffer): void {
    this.#length = bytes.length;
    if (this.#bytes !== undefined && this.#bytes.length >= bytes.length) bytes.copy(this.#bytes);
    else this.#bytes = Buffer.from(bytes);
  }

  /** Whether `bytes` are the same. */
  matches(bytes: Buffer): boolean {
    if (bytes.length !== this.#length) return false;
    if (this.#bytes === undefined) return sha256(bytes) === this.#sha256;
    return bytes.compare(this.#bytes, 0, this.#length) === 0;
  }

  /** Keeps a hash instead of the bytes. */
  compact(): void {
    if (this.#bytes === undefined) return;
    this.#sha256 = sha256(this.#bytes.subarray(0, this.#length));
    this.#bytes = undefined;
  }
}

function sha256(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64');
}
