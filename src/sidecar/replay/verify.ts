import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import type { IdFormat } from '../../adw/id.ts';
import { systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import {
  type Chunk,
  firstDifference,
  inFileOrder,
  type LoggedGeneration,
  linesOf,
  redactionsOf,
  type VerifiedFile,
  verifyInLog,
} from '../../event/generations.ts';
import { Transport } from '../deliver/transport.ts';
import { AdwTree } from '../discover/tree.ts';
import type { Unreadable } from '../flow.ts';
import { unreadableMessage } from '../parse/files/diagnostic-events.ts';
import { GenerationReader } from '../tail/generation-reader.ts';
import { openWatched } from '../tail/open-watched.ts';
import { DETACHED_QUIET_MS } from '../tail/tailed-file.ts';
import { readGenerations } from './logged.ts';

/** Bytes of a range that are read at once to hash it. */
const WINDOW_BYTES = 1024 * 1024;
/** What {@link verifyAdw} takes. */
export interface VerifyOptions {
  readonly adwId: string;
  readonly idFormat: IdFormat;
  readonly agentsDir: string;
  /** The directory of the project's other layout. */
  readonly otherDirs?: readonly string[];
  readonly server: string;
  readonly token?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
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
  const transport = new Transport({ ...options, token: options.token, connections: 1 });
  try {
    return compareWithDisk(await readGenerations(options.adwId, transport), options);
  } finally {
    transport.close();
  }
}

/** Compares what lies on disk with what a log holds, wherever its events came from. */
export function compareWithDisk(
  logged: readonly LoggedGeneration[],
  tree: Pick<VerifyOptions, 'adwId' | 'agentsDir' | 'otherDirs'>,
): Verification {
  const onDisk = new Set<LoggedGeneration>();
  const scan = new AdwTree(tree).scan();
  const present = scan.files
    .filter(({ kind }) => kind === 'stream' || kind === 'log')
    .flatMap(found => verifyPresent(found, logged, onDisk));
  const unread = scan.unreadable.filter(({ isSpecs }) => !isSpecs).map(unreadable);
  const gone = logged.filter(generation => !onDisk.has(generation)).map(verifyInLog);
  const files = [...present, ...unread, ...gone].sort(inFileOrder);
  return { adwId: tree.adwId, files, isComplete: files.every(({ difference }) => difference === undefined) };
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
  const difference = differenceOnDisk(chunks, absolute);
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
    redactions: redactionsOf(chunks),
    lostBytes: generation?.lostBytes ?? 0,
  };
}

function differenceOnDisk(chunks: readonly Chunk[], absolute: string) {
  const { fd } = openWatched(absolute);
  try {
    return firstDifference(chunks, ({ offset, length }, expected) => hashRange(fd, offset, length) === expected);
  } finally {
    closeSync(fd);
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
