import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import type { IdFormat } from '../../adw/id.ts';
import { sumCounts } from '../../base/counts.ts';
import { systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { Transport } from '../deliver/transport.ts';
import { AdwTree } from '../discover/tree.ts';
import type { Unreadable } from '../flow.ts';
import { unreadableMessage } from '../parse/files/diagnostic-events.ts';
import { GenerationReader } from '../tail/generation-reader.ts';
import { openWatched } from '../tail/open-watched.ts';
import { DETACHED_QUIET_MS } from '../tail/tailed-file.ts';
import { type Chunk, findMissingArtifacts, type LoggedGeneration, readGenerations } from './logged.ts';

/** Bytes of a range that are read at once to hash it. */
const WINDOW_BYTES = 1024 * 1024;
/** What {@link verifyAdw} takes. */
export interface VerifyOptions {
  readonly adwId: string;
  readonly idFormat: IdFormat;
  readonly agentsDir: string;
  readonly server: string;
  readonly token?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What is wrong first in a file. */
export interface Difference {
  /** Byte offset on disk. */
  readonly offset: number;
  readonly what: string;
}

/** One file generation, disk against log. */
export interface VerifiedFile {
  readonly path: string;
  readonly attempt: number;
  /** Whether the generation still lies on disk; earlier attempts do not. */
  readonly onDisk: boolean;
  /** Bytes of complete lines on disk; for a generation that is gone, bytes that the log has. */
  readonly bytes: number;
  /** Lines that the log has. */
  readonly lines: number;
  /** Lines on disk that the log has not. */
  readonly missingLines: number;
  readonly difference: Difference | undefined;
  /** Secrets replaced, by kind. */
  readonly redactions: Readonly<Record<string, number>>;
  /** Bytes before this attempt that were declared lost. */
  readonly lostBytes: number;
}

/** What {@link verifyAdw} answers. */
export interface Verification {
  readonly adwId: string;
  readonly files: readonly VerifiedFile[];
  /** Whether every complete line on disk is in the log, byte for byte. */
  readonly isComplete: boolean;
}

/**
 * Compares what lies on disk with what the log holds, byte range by byte range: every raw chunk carries the hash of the
 * bytes that it stands for, so redaction and lifted images do not stand in the way.
 * @throws AdwStreamError server_unreachable, server_refused, unauthorized
 */
export async function verifyAdw(options: VerifyOptions): Promise<Verification> {
  const { adwId } = options;
  const transport = new Transport({ ...options, token: options.token, connections: 1 });
  try {
    const logged = await readGenerations(adwId, transport);
    await findMissingArtifacts(logged, { adwId, transport });
    const onDisk = new Set<LoggedGeneration>();
    const scan = new AdwTree(options).scan();
    const present = scan.files
      .filter(({ kind }) => kind === 'stream' || kind === 'log')
      .flatMap(found => verifyPresent(found, logged, onDisk));
    const unread = scan.unreadable.filter(({ isSpecs }) => !isSpecs).map(unreadable);
    const gone = logged.filter(generation => !onDisk.has(generation)).map(verifyGone);
    const files = [...present, ...unread, ...gone].sort((a, b) =>
      a.path < b.path ? -1 : a.path > b.path ? 1 : a.attempt - b.attempt,
    );
    return { adwId, files, isComplete: files.every(({ difference }) => difference === undefined) };
  } finally {
    transport.close();
  }
}

/** A file on disk, opened. */
interface Present {
  readonly path: string;
  readonly absolute: string;
  readonly reader: GenerationReader;
}

function verifyPresent(
  { absolute, path }: { absolute: string; path: string },
  logged: readonly LoggedGeneration[],
  onDisk: Set<LoggedGeneration>,
): VerifiedFile[] {
  let reader: GenerationReader | undefined;
  try {
    reader = new GenerationReader(absolute);
    const fingerprint = reader.fingerprint(true);
    if (fingerprint === undefined) return [];
    const generation = generationOnDisk({ path, absolute, fingerprint, reader }, logged);
    if (generation) onDisk.add(generation);
    return [comparison({ path, absolute, reader }, generation)];
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code.startsWith('ERR_')) throw error;
    return code === 'ENOENT' ? [] : [unreadable({ path, code })];
  } finally {
    reader?.release();
  }
}

/** What may not be read may hold lines that the log has not. */
function unreadable({ path, code }: Pick<Unreadable, 'path' | 'code'>): VerifiedFile {
  return {
    ...{ path, attempt: 1, onDisk: true, bytes: 0, lines: 0, missingLines: 0, redactions: {}, lostBytes: 0 },
    difference: { offset: 0, what: unreadableMessage(path, code) },
  };
}

/** The generation whose newest position agrees with the file; a renamed file's goes by its old path. */
function generationOnDisk(
  { path, absolute, fingerprint, reader }: Present & { readonly fingerprint: string },
  logged: readonly LoggedGeneration[],
): LoggedGeneration | undefined {
  const candidates = logged
    .filter(
      generation => generation.fingerprint === fingerprint || generation.fingerprint.startsWith(`${fingerprint}~`),
    )
    .sort((a, b) => Number(b.path === path) - Number(a.path === path) || b.attempt - a.attempt);
  return candidates.find(({ chunks }) => {
    const last = chunks.at(-1);
    if (last === undefined) return false;
    // Of a log's entries the log keeps no hash of what lies before a position: the last one's own tells.
    if (last.tailSha256 === undefined) return isOnDisk(last, absolute);
    return reader.matches(last.offset + last.length, last.tailSha256);
  });
}

function comparison({ path, absolute, reader }: Present, generation: LoggedGeneration | undefined): VerifiedFile {
  const chunks = generation?.chunks ?? [];
  const difference = firstDifference(chunks, absolute);
  const end = chunks.reduce((at, { offset, length }) => Math.max(at, offset + length), 0);
  const rest = completeAfter(reader, end);
  const behind = rest.lines > 0 ? { offset: end, what: `${rest.lines} lines are not in the log` } : undefined;
  return {
    path,
    attempt: generation?.attempt ?? 1,
    onDisk: true,
    bytes: Math.max(end, rest.end),
    lines: linesOf(chunks),
    missingLines: rest.lines,
    difference: difference ?? behind,
    redactions: sumCounts(chunks.map(({ redactions }) => redactions)),
    lostBytes: generation?.lostBytes ?? 0,
  };
}

function verifyGone(generation: LoggedGeneration): VerifiedFile {
  const { path, attempt, chunks, lostBytes } = generation;
  return {
    path,
    attempt,
    onDisk: false,
    bytes: chunks.reduce((sum, { length }) => sum + length, 0),
    lines: linesOf(chunks),
    missingLines: 0,
    difference: firstDifference(chunks, undefined),
    redactions: sumCounts(chunks.map(({ redactions }) => redactions)),
    lostBytes,
  };
}

/** Walks the chunks in the order of the log: each begins where the one before ended, and stands for the bytes on disk. */
function firstDifference(chunks: readonly Chunk[], absolute: string | undefined): Difference | undefined {
  let next = 0;
  const fd = absolute === undefined ? undefined : openWatched(absolute).fd;
  try {
    for (const { offset, length, sha256: expected, damage } of chunks) {
      if (offset < next) return { offset, what: 'these bytes are in the log twice' };
      if (offset > next) return { offset: next, what: `${offset - next} bytes are not in the log` };
      if (fd !== undefined && expected !== undefined && hashRange(fd, offset, length) !== expected) {
        return { offset, what: 'the bytes on disk are not those that were read' };
      }
      if (damage !== undefined) return { offset, what: damage };
      next = offset + length;
    }
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function isOnDisk({ offset, length, sha256: expected }: Chunk, absolute: string): boolean {
  if (expected === undefined) return true;
  const { fd } = openWatched(absolute);
  try {
    return hashRange(fd, offset, length) === expected;
  } finally {
    closeSync(fd);
  }
}

function completeAfter(reader: GenerationReader, offset: number): { lines: number; end: number } {
  reader.seek({ offset, lines: 0, terminated: true });
  for (;;) {
    const outcome = reader.read();
    if (outcome.kind === 'rewritten') return { lines: reader.lines, end: reader.offset };
    if (outcome.kind !== 'idle') continue;
    // A piece of a line is one to a replay, too, once nothing has been added to it for so long.
    const isFinal = outcome.held > 0 && Date.now() - reader.stat().mtimeMs >= DETACHED_QUIET_MS;
    return { lines: reader.lines + (isFinal ? 1 : 0), end: reader.offset + (isFinal ? outcome.held : 0) };
  }
}

function linesOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { lines }) => sum + lines, 0);
}

function hashRange(fd: number, offset: number, length: number): string {
  const hash = createHash('sha256');
  const window = Buffer.allocUnsafe(Math.min(length, WINDOW_BYTES));
  for (let at = offset; at < offset + length; ) {
    const got = readSync(fd, window, 0, Math.min(window.length, offset + length - at), at);
    if (got === 0) break;
    hash.update(window.subarray(0, got));
    at += got;
  }
  return hash.digest('hex');
}
