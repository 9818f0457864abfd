import { closeSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';

/** Bytes after which the journal is rotated; two files of this size are kept. */
const ROTATE_BYTES = 8 * 1024 * 1024;

/** Arrivals of one file generation, in order: bytes up to `ends[i]` were there at `times[i]` (ms), or nobody watched. */
interface Arrivals {
  readonly fingerprint: string;
  readonly index: number;
  readonly ends: number[];
  readonly times: (number | undefined)[];
}

/**
 * The arrival journal. Claude's lines carry no time, so the watcher writes down when bytes arrived, also while no
 * server is there: one text line of a few bytes for each growth it sees. Replay and a later watch take their
 * `observed` times from it.
 *
 * Format, one record a line: `g <index> <fingerprint> <path as JSON>` introduces a file generation,
 * `a <index> <end> <ms since the last time>` an arrival, `u <index> <end>` bytes that came while nobody watched,
 * `t <ms>` an absolute time. A torn last line is ignored.
 */
export class ArrivalJournal {
  readonly #path: string;
  readonly #log: Logger;
  readonly #readOnly: boolean;
  /** By path; most have one generation. */
  readonly #generations = new Map<string, Arrivals[]>();
  readonly #byIndex = new Map<number, Arrivals>();
  #nextIndex = 0;
  #fd: number | undefined;
  #bytes = 0;
  #lastMs = 0;
  #failed = false;

  /**
   * Reads what earlier watches wrote.
   * @param path the journal's file in the state directory
   * @param options.readOnly keep what arrives in memory only: somebody else writes this journal
   */
  constructor(path: string, log: Logger, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#path = path;
    this.#log = log;
    this.#readOnly = readOnly;
    for (const file of [`${path}.1`, path]) this.#load(file);
  }

  /**
   * Writes down that the generation's bytes up to `end` are on disk: since `ms`, or, without it, since before we looked.
   */
  arrived(path: string, fingerprint: string, { end, ms }: { end: number; ms: number | undefined }): void {
    const entry = this.#find(path, fingerprint) ?? this.#introduce(path, fingerprint);
    if ((entry.ends.at(-1) ?? 0) >= end) return;
    const time = ms === undefined ? undefined : Math.max(ms, this.#lastMs);
    entry.ends.push(end);
    entry.times.push(time);
    this.#write(time === undefined ? `u ${entry.index} ${end}\n` : `a ${entry.index} ${end} ${this.#delta(time)}\n`);
  }

  /** When the byte at `offset` was seen to arrive, in ms; undefined when nobody watched. */
  timeOf(path: string, fingerprint: string, offset: number): number | undefined {
    const entry = this.#find(path, fingerprint);
    if (entry === undefined) return undefined;
    let low = 0;
    let high = entry.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entry.ends[middle] ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return entry.times[low];
  }

  /** Bytes of the generation that were seen on disk; 0 when nobody watched. */
  sizeSeen(path: string, fingerprint: string): number {
    return this.#find(path, fingerprint)?.ends.at(-1) ?? 0;
  }

  /** Closes the file. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #introduce(path: string, fingerprint: string): Arrivals {
    const entry: Arrivals = { fingerprint, index: this.#nextIndex++, ends: [], times: [] };
    this.#keep(path, entry);
    this.#byIndex.set(entry.index, entry);
    this.#write(introduction(entry.index, fingerprint, path));
    return entry;
  }

  #find(path: string, fingerprint: string): Arrivals | undefined {
    return this.#generations.get(path)?.find(entry => entry.fingerprint === fingerprint);
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

  #write(record: string): void {
    if (this.#readOnly) return;
    try {
      if (this.#fd === undefined) {
        this.#fd = openSync(this.#path, 'a', 0o600);
        this.#bytes = statSync(this.#path).size;
        // A torn last line of a killed watcher must not swallow our first record.
        writeSync(this.#fd, '\n');
      }
      this.#bytes += writeSync(this.#fd, record);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#log.warn(`Arrival times not written down (delivery goes on): ${messageOf(error)}`);
      this.#failed = true;
    }
    if (this.#bytes > ROTATE_BYTES) this.#rotate();
  }

  /** The old file keeps its arrivals; the new one begins with the generations, whose indexes go on. */
  #rotate(): void {
    this.close();
    this.#bytes = 0;
    try {
      renameSync(this.#path, `${this.#path}.1`);
    } catch (error) {
      this.#log.warn(`Arrival journal not rotated: ${messageOf(error)}`);
      return;
    }
    this.#write(`t ${this.#lastMs}\n`);
    for (const [path, generations] of this.#generations) {
      for (const { fingerprint, index } of generations) this.#write(introduction(index, fingerprint, path));
    }
  }

  #load(file: string): void {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return; // no journal: times are estimated
    }
    for (const record of text.split('\n').slice(0, text.endsWith('\n') ? undefined : -1)) this.#replay(record);
  }

  #replay(record: string): void {
    const [kind, first = '', second = '', ...rest] = record.split(' ');
    const third = rest.join(' ');
    if (kind === 't') this.#lastMs = Number(first) || this.#lastMs;
    else if (kind === 'g') this.#replayIntroduction(Number(first), second, third);
    else if (kind === 'a' || kind === 'u') {
      if (kind === 'a' && third === '') return; // torn by a kill
      const delta = Number(third);
      if (!Number.isFinite(delta)) return;
      this.#lastMs += delta;
      const entry = this.#byIndex.get(Number(first));
      const end = Number(second);
      if (entry === undefined || !(end > (entry.ends.at(-1) ?? 0))) return;
      entry.ends.push(end);
      entry.times.push(kind === 'a' ? this.#lastMs : undefined);
    }
  }

  #replayIntroduction(index: number, fingerprint: string, pathJson: string): void {
    const path = parsePath(pathJson);
    if (path === undefined || !Number.isInteger(index)) return;
    const known = this.#find(path, fingerprint);
    // A part of the journal's text would keep all of it in memory.
    const own = Buffer.from(fingerprint).toString();
    const entry = known ?? { fingerprint: own, index, ends: [], times: [] };
    if (known === undefined) this.#keep(path, entry);
    this.#byIndex.set(index, entry);
    this.#nextIndex = Math.max(this.#nextIndex, index + 1);
  }
}

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
