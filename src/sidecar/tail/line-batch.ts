import type { Line } from '../flow.ts';

/** Lines read in one go, and the bytes on disk that they cover. */
export interface LineBatch {
  readonly lines: readonly Line[];
  /** First byte covered. */
  readonly offset: number;
  /** Byte after the last one covered. */
  readonly end: number;
  /** sha-256 (hex) of the bytes on disk from `from` to `to`, both inside the batch. */
  hash(from: number, to: number): string;
  /** sha-256 (hex) of the last 4 KiB, or fewer, on disk before `end`, which lies inside the batch. */
  tailHash(end: number): string;
}

/** What a read found. */
export type ReadOutcome =
  | { readonly kind: 'lines'; readonly batch: LineBatch }
  /** A long line is searched for its end, and there is more of it to search. */
  | { readonly kind: 'busy' }
  /** Nothing complete. `held` is how many bytes of an unterminated line wait. */
  | { readonly kind: 'idle'; readonly held: number }
  /** The file no longer holds the generation: it was truncated or rewritten in place. */
  | { readonly kind: 'rewritten' };

/** Where a reader begins: nothing read, or a position of the log. */
export interface ReaderStart {
  readonly offset: number;
  /** Lines before `offset`. */
  readonly lines: number;
  /** False when the last of them had no newline yet. */
  readonly terminated: boolean;
}
