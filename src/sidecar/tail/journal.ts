import { closeSync, fstatSync, renameSync, writeFileSync } from 'node:fs';
import { ownText } from '../../adw/own-text.ts';
import { messageOf, systemCode } from '../../base/errors.ts';
import { firstIndex } from '../../base/first-index.ts';
import type { Logger } from '../../base/log.ts';
import { openOwnFile, readOwnFile } from '../../base/own-file.ts';

/** Bytes after which the journal is rotated; two files of this size are kept. */
const ROTATE_BYTES = 8 * 1024 * 1024;

/** The farthest time that a date of JavaScript can have, ms (ECMA-262, time values and time range). */
const TIME_MS_MAX = 8.64e15;

/** What follows a record that was cut off, by a kill or a full disk: with it the record can be read as none. */
const TORN = ' torn\n';

/** Arrivals of one file generation, in order: bytes up to `ends[i]` were there at `times[i]` (ms), or no watch ran. */
interface Arrivals {
  readonly fingerprint: string;
  readonly index: number;
  readonly ends: number[];
  readonly times: (number | undefined)[];
  /** How many of them the rotated file holds; with the next rotation they are gone. */
  rotated: number;
}

/** What {@link ArrivalJournal} can be told. */
export interface ArrivalJournalOptions {
  /** Keep what arrives in memory only: another process writes this journal. */
  readonly readOnly?: boolean;
  /** Bytes after which the journal is rotated; 8 MiB. */
  readonly rotateBytes?: number;
}

/**
 * The arrival journal. Claude's lines carry no time, so the watcher writes down when bytes arrived, also while no
 * server is there: one text line of a few bytes for each growth it sees. Replay and a later watch take their
 * `observed` times from it.
 *
 * Format, one record a line: `g <index> <fingerprint> <path as JSON>` introduces a file generation,
 * `a <index> <end> <ms since the last time>` an arrival (below 0 where the clock was put back), `u <index> <end>` bytes
 * that came while no watch ran, `r <index>` that other bytes lie there now, `t <ms>` an absolute time. A torn last line is ignored. Where records are missing,
 * because the disk was full or they were rotated away, what follows says up to where nothing is known; no byte gets the
 * time of another. What was rotated away is gone from memory too, however long the watch.
 */
export class ArrivalJournal {
  readonly #path: string;
  readonly #log: Logger;
  readonly #readOnly: boolean;
  readonly #rotateBytes: number;
  /** Size at which it is rotated next, bytes. */
  #rotateAt: number;
  /** By path; most have one generation. */
  readonly #generations = new Map<string, Arrivals[]>();
  readonly #byIndex = new Map<number, Arrivals>();
  #nextIndex = 0;
  #fd: number | undefined;
  /** Size of the file after our last record, bytes. */
  #bytes = 0;
  #lastMs = 0;
  /** Whether the file that is written next lacks what came before. */
  #missing = false;
  /** Whether that file's last record may be cut off. */
  #torn = false;
  #failed = false;

  /**
   * Reads what earlier watches wrote.
   * @param path the journal's file in the state directory
   */
  constructor(path: string, log: Logger, { readOnly = false, rotateBytes = ROTATE_BYTES }: ArrivalJournalOptions = {}) {
    this.#path = path;
    this.#log = log;
    this.#readOnly = readOnly;
    this.#rotateBytes = rotateBytes;
    this.#rotateAt = rotateBytes;
    this.#load(`${path}.1`);
    for (const arrivals of this.#all()) arrivals.rotated = arrivals.ends.length;
    this.#bytes = this.#load(path);
  }

  /**
   * Writes down that the generation's bytes up to `end` are on disk: since `ms`, or, without it, since before the watch began.
   */
  arrived(path: string, fingerprint: string, { end, ms }: { end: number; ms: number | undefined }): void {
    const entry = this.#find(path, fingerprint) ?? this.#introduce(path, fingerprint);
    if ((entry.ends.at(-1) ?? 0) >= end) return;
    this.#write(() => (ms === undefined ? unknown(entry.index, end) : `a ${entry.index} ${end} ${this.#delta(ms)}\n`));
    entry.ends.push(end);
    entry.times.push(ms);
  }

  /** Writes down that other bytes lie where the generation's were, before the two can be told apart. */
  rewritten(path: string, fingerprint: string): void {
    const entry = this.#find(path, fingerprint);
    if (entry === undefined || entry.ends.length === 0) return;
    this.#write(() => `r ${entry.index}\n`);
    clear(entry);
  }

  /** When the byte at `offset` was seen to arrive, in ms; undefined when no watch ran. */
  timeOf(path: string, fingerprint: string, offset: number): number | undefined {
    const entry = this.#find(path, fingerprint);
    if (entry === undefined) return undefined;
    const { ends, times } = entry;
    return times[firstIndex(ends.length, index => (ends[index] ?? 0) > offset)];
  }

  /** Bytes of the generation that were seen on disk; 0 when no watch ran. */
  sizeSeen(path: string, fingerprint: string): number {
    return this.#find(path, fingerprint)?.ends.at(-1) ?? 0;
  }

  /** Closes the file. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #introduce(path: string, fingerprint: string): Arrivals {
    const entry: Arrivals = { fingerprint, index: this.#nextIndex++, ends: [], times: [], rotated: 0 };
    this.#write(() => introduction(entry.index, fingerprint, path));
    this.#keep(path, entry);
    this.#byIndex.set(entry.index, entry);
    return entry;
  }

  #find(path: string, fingerprint: string): Arrivals | undefined {
    return this.#generations.get(path)?.find(entry => entry.fingerprint === fingerprint);
  }

  #all(): Arrivals[] {
    return [...this.#generations.values()].flat();
  }

  #keep(path: string, arrivals: Arrivals): void {
    const known = this.#generations.get(path);
    if (known === undefined) this.#generations.set(path, [arrivals]);
    else known.push(arrivals);
  }

  #delta(ms: number): number {
    const delta = ms - this.#lastMs;
    this.#lastMs = ms;
    return delta;
  }

  #write(record: () => string): void {
    if (this.#bytes > this.#rotateAt) this.#rotate();
    if (this.#readOnly) {
      this.#bytes += record().length;
      return;
    }
    try {
      this.#fd ??= openOwnFile(this.#path, 'append');
      // Whose watch was taken over may write a last record: what we say is relative to what it did not know.
      const { size } = fstatSync(this.#fd);
      this.#missing ||= size !== this.#bytes;
      const text = `${this.#torn ? TORN : ''}${this.#missing ? this.#summaryRecords() : ''}${record()}`;
      writeFileSync(this.#fd, text);
      this.#bytes = size + Buffer.byteLength(text);
      this.#torn = this.#missing = this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#log.report('journal_unsaved', { error: messageOf(error) });
      this.#torn = this.#missing = this.#failed = true;
    }
  }

  /** The old file keeps its arrivals, and those it takes the place of are gone. Indexes go on. */
  #rotate(): void {
    if (!this.#readOnly) {
      this.close();
      try {
        renameSync(this.#path, `${this.#path}.1`);
      } catch (error) {
        this.#log.report('journal_not_rotated', { error: messageOf(error) });
        this.#rotateAt = this.#bytes + this.#rotateBytes;
        return;
      }
    }
    this.#bytes = 0;
    this.#rotateAt = this.#rotateBytes;
    for (const arrivals of this.#all()) forgetRotated(arrivals);
    this.#missing = true;
    this.#torn = false;
  }

  /** The records that a file begins with which lacks what came before: of that it says only how far it went. */
  #summaryRecords(): string {
    const records = [`t ${this.#lastMs}\n`];
    for (const [path, generations] of this.#generations) {
      for (const { fingerprint, index, ends } of generations) {
        records.push(introduction(index, fingerprint, path), unknown(index, ends.at(-1) ?? 0));
      }
    }
    return records.join('');
  }

  /** Takes in a journal's records. @returns its bytes */
  #load(file: string): number {
    let bytes: Buffer;
    try {
      bytes = readOwnFile(file);
    } catch (error) {
      // Without a journal times are estimated.
      if (systemCode(error) !== 'ENOENT') this.#log.report('journal_unread', { error: messageOf(error) });
      return 0;
    }
    const text = bytes.toString('utf8');
    const records = text.split('\n').slice(0, text.endsWith('\n') ? undefined : -1);
    if (!records.every(record => this.#replay(record))) return this.#putAside(file);
    this.#torn = text !== '' && !text.endsWith('\n');
    return bytes.length;
  }

  /** A journal that this program has not written so cannot be believed in part: times are estimated instead. */
  #putAside(file: string): number {
    this.#generations.clear();
    this.#byIndex.clear();
    this.#lastMs = 0;
    this.#missing = true;
    const aside = `${file}.unread`;
    const where = this.#readOnly ? 'not read' : `moved to ${aside}`;
    this.#log.report('journal_damaged', { path: file, where });
    if (this.#readOnly) return 0;
    try {
      renameSync(file, aside);
    } catch (error) {
      this.#log.report('journal_not_moved', { error: messageOf(error) });
    }
    return 0;
  }

  /** Takes in a record. One that a kill or a full disk cut off says nothing. @returns whether it can be one of ours */
  #replay(record: string): boolean {
    if (record === '' || record.endsWith(TORN.trimEnd())) return true;
    const [kind, first = '', second = '', ...rest] = record.split(' ');
    const third = rest.join(' ');
    if (kind === 't') return second === '' && this.#setTime(Number(first));
    if (!isCount(first)) return false;
    if (kind === 'r') clear(this.#byIndex.get(Number(first)));
    else if (kind === 'g') this.#replayIntroduction(Number(first), second, third);
    else if (kind === 'a' || kind === 'u') {
      if (kind === 'a' && third === '') return second !== '';
      if (!isCount(second) || !this.#setTime(this.#lastMs + Number(third))) return false;
      const entry = this.#byIndex.get(Number(first));
      const end = Number(second);
      if (entry === undefined || !(end > (entry.ends.at(-1) ?? 0))) return true;
      entry.ends.push(end);
      entry.times.push(kind === 'a' ? this.#lastMs : undefined);
    } else return false;
    return true;
  }

  /** @returns whether it is a time at all */
  #setTime(ms: number): boolean {
    if (!(Math.abs(ms) <= TIME_MS_MAX)) return false;
    this.#lastMs = ms;
    return true;
  }

  #replayIntroduction(index: number, fingerprint: string, pathJson: string): void {
    const path = parsePath(pathJson);
    if (path === undefined || !Number.isInteger(index)) return;
    const known = this.#find(path, fingerprint);
    const entry = known ?? { fingerprint: ownText(fingerprint), index, ends: [], times: [], rotated: 0 };
    if (known === undefined) this.#keep(path, entry);
    this.#byIndex.set(index, entry);
    this.#nextIndex = Math.max(this.#nextIndex, index + 1);
  }
}

/** Whether a word is a whole number that can count bytes or records. */
function isCount(word: string): boolean {
  return /^\d{1,16}$/.test(word) && Number.isSafeInteger(Number(word));
}

function clear(arrivals: Arrivals | undefined): void {
  if (arrivals === undefined) return;
  arrivals.ends.length = arrivals.times.length = arrivals.rotated = 0;
}

/** Leaves of what the file before the rotated one held only how far it went. */
function forgetRotated(arrivals: Arrivals): void {
  const { ends, times, rotated } = arrivals;
  if (rotated > 0) {
    ends.splice(0, rotated, ends[rotated - 1]!);
    times.splice(0, rotated, undefined);
  }
  arrivals.rotated = ends.length;
}

const unknown = (index: number, end: number): string => `u ${index} ${end}\n`;

function introduction(index: number, fingerprint: string, path: string): string {
  return `g ${index} ${fingerprint} ${JSON.stringify(path)}\n`;
}

function parsePath(json: string): string | undefined {
  try {
    const path: unknown = JSON.parse(json);
    return typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
