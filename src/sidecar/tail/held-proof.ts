import { createHash, type Hash } from 'node:crypto';
import type { HeldRanges } from '../../event/position.ts';
import type { GenerationReader } from './generation-reader.ts';

/** Bytes that are hashed in one turn, but for a range that is longer. */
const TURN_BYTES = 16 * 1024 * 1024;

/**
 * Finds out, a piece at a time, whether a file holds what the log holds of a generation: its first line and its last 4 KiB may be those of
 * another file, of another host or of a rewrite between two runs.
 */
export class HeldProof {
  readonly #held: HeldRanges | undefined;
  readonly #hash: Hash = createHash('sha256');
  #index = 0;
  #offset = 0;

  /** @param held undefined where the log does not tell: its last 4 KiB are then all there is to go by */
  constructor(held: HeldRanges | undefined) {
    this.#held = held;
  }

  /** Goes on for a turn. @returns what it came to; undefined while there is more to hash */
  step(reader: GenerationReader): 'same' | 'other' | undefined {
    if (this.#held === undefined) return 'same';
    const { lengths, sha256 } = this.#held;
    const until = this.#offset + TURN_BYTES;
    for (; this.#index < lengths.length; this.#index++) {
      if (this.#offset >= until) return undefined;
      const length = lengths[this.#index] ?? 0;
      if (length > 0) {
        const range = reader.hashOf(this.#offset, length);
        if (range === undefined) return 'other';
        this.#hash.update(range);
      }
      this.#offset += Math.abs(length);
    }
    return this.#hash.digest('hex') === sha256 ? 'same' : 'other';
  }
}
