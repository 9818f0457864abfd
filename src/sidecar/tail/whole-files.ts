import { dirname, join } from 'node:path';
import { agoMs } from '../../base/clock.ts';
import { messageOf, systemCode } from '../../base/errors.ts';
import { lastWrite } from '../../base/last-write.ts';
import type { Logger } from '../../base/log.ts';
import { lstatIfAny } from '../../base/stat.ts';
import { ARTIFACT_BYTES_MAX } from '../../event/limits.ts';
import type { FileKind, FoundFile, Unreadable, WholeFile } from '../flow.ts';
import { type FileId, readWatched } from './open-watched.ts';

/** A file that is rewritten in bursts is read once it has been quiet for this long. ms */
const SETTLE_MS = 100;
/** A half-written file that stays so for this long is said to be unreadable. ms */
const GIVE_UP_MS = 2_000;

/** A file that says nothing of the run is not carried when it is larger. bytes */
const OTHER_BYTES_MAX = 8 * 1024 * 1024;

interface SmallFile {
  readonly found: FoundFile;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  /** Which file the last poll found. */
  id: FileId | undefined;
  changedAt: number;
  isPending: boolean;
}

/** Which files to poll: all, those that wait to be complete, or those and one more. */
export type WhichFiles = 'all' | 'pending' | { readonly absolute: string };

/** The files that count as a whole: read once they have settled, and again when they change. */
export class WholeFiles {
  readonly #log: Logger;
  readonly #files = new Map<string, SmallFile>();
  #unreadable: Unreadable[] = [];
  #hasLost = false;

  constructor({ log }: { log: Logger }) {
    this.#log = log;
  }

  /** Whether a file waits to be complete. */
  get isPending(): boolean {
    for (const { isPending } of this.#files.values()) if (isPending) return true;
    return false;
  }

  /** Whether this is one of the files. */
  has(absolute: string): boolean {
    return this.#files.has(absolute);
  }

  /** Takes in a file that discover found. */
  add(found: FoundFile, now: number): void {
    if (this.#files.has(found.absolute)) return;
    this.#files.set(found.absolute, {
      found,
      size: -1,
      mtimeMs: -1,
      ctimeMs: -1,
      id: undefined,
      changedAt: now,
      isPending: true,
    });
  }

  /**
   * Files that have settled, read one by one as they are asked for. Each stays pending until the caller has called
   * {@link done}: it may be half written all the same.
   */
  *settled(now: number, which: WhichFiles): Iterable<WholeFile> {
    for (const file of [...this.#files.values()]) {
      const isMeant =
        which === 'all' || file.isPending || (which !== 'pending' && which.absolute === file.found.absolute);
      if (!isMeant || !this.#hasSettled(file, now)) continue;
      const bytes = this.#read(file);
      if (bytes === undefined) continue;
      const isFinal = Math.max(agoMs(file.changedAt, now), now - file.mtimeMs) >= GIVE_UP_MS;
      const writtenMs = lastWrite({ mtimeMs: file.mtimeMs, ctimeMs: file.ctimeMs, nowMs: now });
      yield { found: file.found, bytes, writtenMs, isFinal, hasStream: hasStream(file.found) };
    }
  }

  /** A file was complete: it is read again when it has changed. */
  done({ absolute }: FoundFile): void {
    const file = this.#files.get(absolute);
    if (file) file.isPending = false;
  }

  /** All files are read again. */
  forget(): void {
    for (const file of this.#files.values()) file.isPending = true;
  }

  /** Files that could not be read since the last call. */
  takeUnreadable(): Unreadable[] {
    const unreadable = this.#unreadable;
    this.#unreadable = [];
    return unreadable;
  }

  /** Whether a file has gone since the last call; should it come back, it has to be added again. */
  takeLost(): boolean {
    const hasLost = this.#hasLost;
    this.#hasLost = false;
    return hasLost;
  }

  #hasSettled(file: SmallFile, now: number): boolean {
    const stats = lstatIfAny(file.found.absolute);
    if (!stats?.isFile()) {
      this.#files.delete(file.found.absolute);
      this.#hasLost = true;
      return false;
    }
    Object.assign(file, { id: stats, ctimeMs: stats.ctimeMs });
    if (stats.size !== file.size || stats.mtimeMs !== file.mtimeMs) {
      const isFirst = file.size === -1;
      Object.assign(file, { size: stats.size, mtimeMs: stats.mtimeMs, isPending: true, changedAt: now });
      // What is old already is read at once.
      if (!isFirst || now - stats.mtimeMs < SETTLE_MS) return false;
    }
    return file.isPending && (agoMs(file.changedAt, now) >= SETTLE_MS || now - file.mtimeMs >= SETTLE_MS);
  }

  /** Undefined for a file that will not be told of. */
  #read(file: SmallFile): Buffer | undefined {
    const { found, size, id } = file;
    if (size > (found.kind === 'other' ? OTHER_BYTES_MAX : ARTIFACT_BYTES_MAX)) {
      this.#log.report('file_too_large', { path: found.path, bytes: size });
      file.isPending = false;
      return undefined;
    }
    try {
      return readWatched(found.absolute, { length: size, ...(id && { expected: id }) });
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) this.#log.report('file_failed', { path: found.path, error: messageOf(error) });
      else if (code !== 'ENOENT') this.#unreadable.push({ ...found, code });
      file.isPending = false;
      return undefined;
    }
  }
}

/** Where the lines lie, seen from a file's directory, of the agent that the file is about. */
const STREAMS_BESIDE: Readonly<Partial<Record<FileKind, readonly string[]>>> = {
  outcome: [''],
  prompt: ['..'],
  'sub-agent': ['', 'turn-1'],
};

/** Whether the lines are there of the agent that a file is about. */
function hasStream({ kind, absolute }: FoundFile): boolean {
  const lies = (path: string) => (lstatIfAny(join(dirname(absolute), path))?.size ?? 0) > 0;
  const beside = STREAMS_BESIDE[kind] ?? [];
  return beside.some(place => ['raw_output.jsonl', 'cc_raw_output.jsonl'].some(name => lies(join(place, name))));
}
