import { hash } from 'node:crypto';

/** What lay at some place of a file, to tell later whether it still does. Compact, it is a hash: thousands of idle files cost little. */
export class RememberedBytes {
  readonly length: number;
  #bytes: Buffer | undefined;
  #sha256 = '';

  /** @param bytes copied: they may be part of a buffer that lives on */
  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.length = bytes.length;
    this.#bytes = Buffer.from(bytes);
  }

  /** Whether `bytes` are the same. */
  matches(bytes: Buffer): boolean {
    if (bytes.length !== this.length) return false;
    return this.#bytes === undefined ? sha256(bytes) === this.#sha256 : bytes.equals(this.#bytes);
  }

  /** Keeps a hash instead of the bytes. */
  compact(): void {
    if (this.#bytes === undefined) return;
    this.#sha256 = sha256(this.#bytes);
    this.#bytes = undefined;
  }
}

function sha256(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64');
}
