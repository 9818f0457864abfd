import { createHash, type Hash, hash } from 'node:crypto';
import { closeSync, fstatSync, type Stats } from 'node:fs';
import { ENCODING_BYTES, type EncodedText, type Encoding, encodingOf } from '../../base/text-encoding.ts';
import { FINGERPRINT_BYTES_MAX, LINE_BYTES_MAX, TAIL_BYTES_MAX } from '../../event/limits.ts';
import type { Line } from '../flow.ts';
import { fingerprintOf, firstLineOf } from './fingerprint.ts';
import type { LineBatch, ReaderStart, ReadOutcome } from './line-batch.ts';
import { type Closable, openFiles } from './open-files.ts';
import { type FileId, openWatched, readRange, refuseHole } from './open-watched.ts';
import { RememberedBytes } from './remembered-bytes.ts';
import { firstNewline, lastNewline, newlineLength, newlineOf, splitLines } from './split-lines.ts';

/** Bytes of the file's beginning that are compared at every read, to notice a rewrite in place. */
const HEAD_BYTES = 4 * 1024;
/** Bytes read at once: enough to amortize the system calls, small enough to be fair among files. */
const WINDOW_BYTES = 256 * 1024;
/** The same for a file that is followed: what other agents write meanwhile waits until its lines are parsed, a few ms. */
export const FOLLOWED_WINDOW_BYTES = WINDOW_BYTES / 4;
/** Bytes that are searched for the end of a long line in one turn. */
const TURN_BYTES = 16 * 1024 * 1024;
/** Bytes of an oversized line that are kept for its stub. */
const OVERSIZED_KEPT_BYTES = 4 * 1024;

/** Bytes that are only compared or copied are read into this, within one call. */
const scratch = Buffer.allocUnsafeSlow(Math.max(HEAD_BYTES, TAIL_BYTES_MAX));

/**
 * Reads the complete lines of one file generation through one descriptor, so that a rename or an unlink cannot take
 * the rest away. Nothing is buffered between reads: what is not delivered is still on disk.
 *
 * A rewrite in place keeps the inode and may already have grown past the old offset. So bytes are believed only after a
 * second read of the file's beginning and of the bytes before the offset, both *after* the read: a rewrite before
 * or during the read shows there, one after it does not matter.
 *
 * Calls are synchronous on purpose: a stat or a read from the page cache takes 2–5 µs, a trip through libuv's thread
 * pool twenty times that, and with a hung mount either way there is nothing to deliver.
 */
export class GenerationReader implements Closable {
  readonly dev: number;
  readonly ino: number;
  /** Where the file was opened. */
  readonly absolute: string;
  /** Byte after the last line read. */
  offset = 0;
  /** Lines read so far. */
  lines = 0;
  /** The largest size at which the file still was this generation, to tell how much a rewrite took away. */
  sizeSeen = 0;
  /** Whether its path leads elsewhere by now, so that only this descriptor leads to the file. */
  isLastOfFile = false;
  /** Up to where this file was read, or compared with the log. As far as that is acknowledged, the log holds this file's bytes under the generation's name. */
  provenTo = 0;
  /** The file's state in which it was read whole, or compared last: while it stays so, its bytes do. Growth may hide a rewrite. */
  provenStats: Stats | undefined;
  /** The file's state when it was last read to its end. */
  endStats: Stats | undefined;
  /** The ctime in which all that was read was read, ms. */
  #readInMs: number | undefined;
  readonly #windowBytes: number;
  #mtimeMs = 0;
  #encoding: Encoding | undefined;
  #fd: number | undefined;
  readonly #head = new RememberedBytes();
  readonly #tail = new RememberedBytes();
  #terminated = true;
  /** Names of the log that are not this file's, and whether it is another host's file, or a position that was made up. */
  readonly #refuted = new Map<string, boolean>();
  /** Size of the file at which the current line had no end yet. */
  #heldSize = 0;
  /** How far the current line, a long one, was searched for its end in vain. */
  #scanned = 0;
  /** The hash of a long line's bytes up to `#scanned`. */
  #longHash: Hash | undefined;

  /**
   * @param expected what a stat found at the path
   * @param windowBytes bytes read at once
   * @throws as {@link openWatched}
   */
  constructor(absolute: string, expected?: FileId, windowBytes = WINDOW_BYTES) {
    this.absolute = absolute;
    this.#windowBytes = windowBytes;
    const { fd, stats } = openFiles.add(this, () => openWatched(absolute, expected));
    this.#fd = fd;
    this.dev = stats.dev;
    this.ino = stats.ino;
  }

  /** Whether the last line delivered had its newline. */
  get terminated(): boolean {
    return this.#terminated;
  }

  /** Whether a descriptor is held. */
  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Gives the descriptor and memory back; the next read opens the path again, and fails when another file lies there. */
  release(): void {
    if (this.#fd === undefined) return;
    this.#head.compact();
    this.#tail.compact();
    closeSync(this.#fd);
    this.#fd = undefined;
    openFiles.delete(this);
  }

  /** The fingerprint, or undefined while the first line is not complete. `final`: it never will be. */
  fingerprint(final = false): string | undefined {
    const line = firstLineOf(this.#pread(0, Math.min(this.stat().size, FINGERPRINT_BYTES_MAX + 1)), final);
    if (line === undefined) return undefined;
    if (this.#head.length === 0) this.#head.remember(line.subarray(0, HEAD_BYTES));
    return fingerprintOf(line);
  }

  /**
   * Whether the file still holds what was read of it; cheap enough for every growth.
   * @param size what a stat just now said, bytes
   */
  isIntact(size = this.stat().size): boolean {
    const before = this.#tail.length;
    const intact = size >= this.offset && this.#believe(this.#pread(this.offset - before, before, scratch));
    if (intact) this.sizeSeen = Math.max(this.sizeSeen, size);
    return intact;
  }

  /** Whether the file, as it is now, can be the one that a position describes. */
  matches(next: number, tailSha256: string): boolean {
    const from = Math.max(0, next - TAIL_BYTES_MAX);
    const tail = this.#pread(from, next - from);
    return tail.length === next - from && sha256(tail) === tailSha256;
  }

  /**
   * Whether the file holds these bytes. No more than the file's own are read; a range without a hash says nothing.
   * @param range a range on disk, bytes, and its sha-256 in hex
   */
  holds({ offset, length, sha256: expected }: { offset: number; length: number; sha256: string }): boolean {
    if (offset + length > this.stat().size) return false;
    return expected === '' || this.hashOf(offset, length)?.toString('hex') === expected;
  }

  /** sha-256 of a range on disk, in bytes; undefined where the file does not reach that far. */
  hashOf(offset: number, length: number): Buffer | undefined {
    const whole = createHash('sha256');
    for (let at = offset; at < offset + length; ) {
      const window = this.#pread(at, Math.min(offset + length - at, 4 * WINDOW_BYTES));
      if (window.length === 0) return undefined;
      whole.update(window);
      at += window.length;
    }
    return whole.digest();
  }

  /**
   * Notes that what the log holds under this name is not this file.
   * @param isDisputed whether it was never this host's: false where the file was rewritten
   */
  refute(path: string, fingerprint: string, isDisputed = true): void {
    this.#refuted.set(`${path} ${fingerprint}`, isDisputed);
  }

  /** Whether that was noted. */
  isRefuted(path: string, fingerprint: string): boolean {
    return this.#refuted.has(`${path} ${fingerprint}`);
  }

  /** Whether it was noted of what was never this host's. */
  isDisputed(path: string, fingerprint: string): boolean {
    return this.#refuted.get(`${path} ${fingerprint}`) === true;
  }

  /** Goes to a position; stays where it is when what lies before it cannot be read. */
  seek({ offset, lines, terminated }: ReaderStart): void {
    const head = Math.min(offset, HEAD_BYTES);
    if (this.#head.length < head) this.#head.remember(this.#pread(0, head, scratch));
    const tail = Math.min(offset, TAIL_BYTES_MAX);
    this.#tail.remember(this.#pread(offset - tail, tail, scratch));
    this.offset = offset;
    this.lines = lines;
    this.#terminated = terminated;
    this.#startLine(offset);
  }

  /** The file's state, whatever lies there now. */
  stat(): Stats {
    return fstatSync(this.#open());
  }

  /** The next complete lines, about a window of them at most, or one longer line. */
  read(): ReadOutcome {
    const stats = this.stat();
    if (this.offset === 0 && this.provenTo === 0) this.#readInMs = stats.ctimeMs;
    else if (stats.ctimeMs !== this.#readInMs) this.#readInMs = undefined;
    const outcome = this.#readUpTo(stats);
    if (outcome.kind !== 'rewritten') this.sizeSeen = Math.max(this.sizeSeen, stats.size);
    if (outcome.kind === 'lines' && this.offset === stats.size) {
      this.endStats = stats;
      if (this.#readInMs !== undefined) this.provenStats = stats;
    }
    return outcome;
  }

  #readUpTo(stats: Stats): ReadOutcome {
    if (stats.size < this.offset) return { kind: 'rewritten' };
    const touched = stats.mtimeMs !== this.#mtimeMs;
    this.#mtimeMs = stats.mtimeMs;
    refuseHole(this.absolute, stats);
    if (stats.size <= this.#heldSize && !touched) return { kind: 'idle', held: stats.size - this.offset };

    const before = this.#tail.length;
    const wanted = Math.min(stats.size - this.offset, this.#windowBytes);
    const bytes = this.#pread(this.offset - before, before + wanted);
    const encoding = this.#encodingNow();
    const base = this.offset - before;
    const last = lastNewline(bytes, { offset: base, encoding });
    if (last >= before) {
      const end = base + last + newlineOf(encoding).length;
      return this.#believe(bytes.subarray(0, before)) ? this.#lines(bytes, before, end) : { kind: 'rewritten' };
    }
    if (!this.#believe(bytes.subarray(0, before))) return { kind: 'rewritten' };
    if (wanted < this.#windowBytes) return this.#hold(stats.size);
    return this.#readLong(stats.size);
  }

  /** Up to `length` bytes before the file's end, as it is now. */
  peekEnd(length: number): EncodedText {
    const { size } = this.stat();
    const offset = Math.max(0, size - length);
    return { bytes: this.#pread(offset, size - offset), offset, encoding: this.#encodingNow() };
  }

  /**
   * The unterminated last line as it is now; undefined where there is none or it is longer than LINE_BYTES_MAX.
   * @param final whether half a character at its end belongs to it: its other half will not be written any more
   */
  peekHeld(final = false): Line | undefined {
    const { size } = this.stat();
    const encoding = this.#encodingNow();
    const length = size - (final ? 0 : size % newlineOf(encoding).length) - this.offset;
    if (length <= 0 || length > LINE_BYTES_MAX) return undefined;
    const bytes = this.#pread(this.offset, length);
    if (firstNewline(bytes, 0, { offset: this.offset, encoding }) >= 0) return undefined;
    const line: Line = { bytes, number: this.lines + 1, offset: this.offset, length, terminated: false };
    return encoding === 'utf-8' ? line : { ...line, encoding };
  }

  /** Reads the unterminated last line, which the caller takes for complete. Undefined where there is none any more. @param final as above */
  readHeld(final = false): LineBatch | undefined {
    const held = this.peekHeld(final);
    if (held === undefined || !this.isIntact()) return undefined;
    const base = this.offset - this.#tail.length;
    const bytes = Buffer.concat([this.#pread(base, this.#tail.length), held.bytes]);
    return this.#batch({ bytes, base, end: this.offset + held.length, lines: [held] });
  }

  /** By its first bytes, which more may be added to. */
  #encodingNow(): Encoding {
    if (this.#encoding === undefined || this.offset < ENCODING_BYTES)
      this.#encoding = encodingOf(this.#pread(0, ENCODING_BYTES));
    return this.#encoding;
  }

  #lines(bytes: Buffer, before: number, end: number): ReadOutcome {
    const base = this.offset - before;
    const encoding = this.#encodingNow();
    const skip = this.#terminated ? 0 : newlineLength(bytes.subarray(before), encoding);
    const lines = splitLines(bytes.subarray(before + skip, end - base), {
      offset: this.offset + skip,
      number: this.lines + 1,
      encoding,
    });
    return { kind: 'lines', batch: this.#batch({ bytes, base, end, lines }) };
  }

  /** A line longer than the window: look for its end without keeping it, a turn at a time, then read it whole, or make do with its hash. */
  #readLong(size: number): ReadOutcome {
    if (this.#scanned === this.offset) this.#longHash = createHash('sha256');
    const encoding = this.#encodingNow();
    const unit = newlineOf(encoding).length;
    const whole = size - (size % unit);
    const until = Math.min(whole, this.#scanned + TURN_BYTES);
    while (this.#scanned < until) {
      // No newline lies across two windows.
      const length = Math.min(until - this.#scanned, 4 * WINDOW_BYTES - (this.#scanned % unit));
      const window = this.#pread(this.#scanned, length);
      if (window.length < length) return { kind: 'rewritten' };
      const newline = firstNewline(window, 0, { offset: this.#scanned, encoding });
      if (newline >= 0) return this.#readEnded(this.#scanned + newline + unit, window.subarray(0, newline));
      this.#longHash?.update(window);
      this.#scanned += window.length;
    }
    return until < whole ? { kind: 'busy' } : this.#hold(size);
  }

  /** @param last the line's bytes behind those that were hashed */
  #readEnded(end: number, last: Buffer): ReadOutcome {
    if (end - this.offset > LINE_BYTES_MAX) return this.#readOversized(end, last);
    const before = this.#tail.length;
    const bytes = this.#pread(this.offset - before, before + end - this.offset);
    if (bytes.length !== before + end - this.offset || !this.#believe(bytes.subarray(0, before))) {
      return { kind: 'rewritten' };
    }
    return this.#lines(bytes, before, end);
  }

  #readOversized(end: number, last: Buffer): ReadOutcome {
    const whole = this.#longHash ?? createHash('sha256');
    whole.update(last);
    const withoutNewline = whole.copy();
    const encoding = this.#encodingNow();
    whole.update(newlineOf(encoding));
    const tail = this.#pread(end - TAIL_BYTES_MAX, TAIL_BYTES_MAX);
    if (!this.#believe(this.#pread(this.offset - this.#tail.length, this.#tail.length, scratch)))
      return { kind: 'rewritten' };
    const line: Line = {
      bytes: this.#pread(this.offset, OVERSIZED_KEPT_BYTES),
      number: this.lines + 1,
      offset: this.offset,
      length: end - this.offset,
      terminated: true,
      oversized: { sha256: withoutNewline.digest('hex') },
      ...(encoding === 'utf-8' ? {} : { encoding }),
    };
    const rangeHash = whole.digest('hex');
    const batch: LineBatch = {
      lines: [line],
      offset: this.offset,
      end,
      hash: () => rangeHash,
      tailHash: () => sha256(tail),
    };
    this.#advance(end, 1, tail, true);
    return { kind: 'lines', batch };
  }

  #batch(read: { bytes: Buffer; base: number; end: number; lines: Line[] }): LineBatch {
    const { bytes, base, end, lines } = read;
    const range = (from: number, to: number) => bytes.subarray(from - base, to - base);
    const tailBefore = (at: number) => range(Math.max(base, at - TAIL_BYTES_MAX), at);
    const tail = tailBefore(end);
    const endHash = sha256(tail);
    const batch: LineBatch = {
      lines,
      offset: this.offset,
      end,
      hash: (from, to) => sha256(range(from, to)),
      tailHash: at => (at === end ? endHash : sha256(tailBefore(at))),
    };
    this.#advance(end, lines.length, tail, lines.at(-1)?.terminated ?? true);
    return batch;
  }

  #advance(end: number, lines: number, tail: Buffer, terminated: boolean): void {
    if (this.#head.length < HEAD_BYTES) this.#head.remember(this.#pread(0, Math.min(end, HEAD_BYTES), scratch));
    this.offset = end;
    this.#startLine(end);
    this.lines += lines;
    this.#tail.remember(tail);
    this.#terminated = terminated;
  }

  /** Nothing of the line that begins at `offset` was searched for its end. */
  #startLine(offset: number): void {
    this.#heldSize = offset;
    this.#scanned = offset;
    this.#longHash = undefined;
  }

  #hold(size: number): ReadOutcome {
    this.#heldSize = size;
    return { kind: 'idle', held: size - this.offset };
  }

  /** Whether the file still begins as it did and `tail`, which may be in `scratch`, is what lay before the offset. */
  #believe(tail: Buffer): boolean {
    return this.#tail.matches(tail) && this.#head.matches(this.#pread(0, this.#head.length, scratch));
  }

  #open(): number {
    this.#fd ??= openFiles.add(this, () => openWatched(this.absolute, this).fd);
    return this.#fd;
  }

  #pread(position: number, length: number, into = Buffer.allocUnsafe(length)): Buffer {
    const bytes = into.subarray(0, length);
    return bytes.subarray(0, readRange(this.#open(), { bytes, position }));
  }
}

function sha256(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}
