import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { z } from 'zod';
import type { IdFormat } from '../../adw/id.ts';
import { sumCounts } from '../../base/counts.ts';
import { AdwStreamError, systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { type DataOf, eventDataSchemas } from '../../event/schema.ts';
import { errorOf, Transport } from '../deliver/transport.ts';
import { AdwTree } from '../discover/tree.ts';
import type { Unreadable } from '../flow.ts';
import { unreadableMessage } from '../parse/files/trouble.ts';
import { GenerationReader } from '../tail/generation-reader.ts';
import { openWatched } from '../tail/open-watched.ts';

/** Bytes of a range that are read at once to hash it. */
const WINDOW_BYTES = 1024 * 1024;
/** Chunks asked for at once: each may be 64 KiB and more. */
const PAGE_CHUNKS = 100;

const pageSchema = z.looseObject({
  events: z.array(z.looseObject({ seq: z.number(), type: z.string(), data: z.looseObject({}) })),
});

const artifactsSchema = z.looseObject({
  artifacts: z.array(z.looseObject({ path: z.string(), sha256: z.string() })),
});

/** What parse leaves where it takes a line, or an image in one, out as an artifact. */
const ARTIFACT =
  /(?:^\{"type":"adw_stream\.line","artifact":"|"artifact:)((?:lines|images)\/([0-9a-f]{64})\.[a-z]{2,5})[";]/gm;

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

type ChunkData = DataOf<'agent_output_chunk'>;
type AttemptData = DataOf<'attempt_started'>;

/** A raw chunk without its content, which was checked in passing: an ADW may be larger than memory. */
interface Chunk {
  readonly offset: number;
  readonly length: number;
  readonly lines: number;
  readonly sha256: string | undefined;
  readonly tailSha256: string | undefined;
  readonly redactions: Readonly<Record<string, number>>;
  /** Artifacts that the content stands on, by path and hash. */
  readonly artifacts: readonly string[];
  /** What is wrong with it, apart from its place. */
  trouble: string | undefined;
}

interface LoggedGeneration {
  readonly path: string;
  readonly fingerprint: string;
  readonly chunks: Chunk[];
  attempt: number;
  lostBytes: number;
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
      .filter(({ kind }) => kind === 'stream')
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

async function readGenerations(adwId: string, transport: Transport): Promise<LoggedGeneration[]> {
  const generations = new Map<string, LoggedGeneration>();
  const of = ({ source, attempt }: ChunkData | AttemptData): LoggedGeneration | undefined => {
    if (source?.fingerprint === undefined) return undefined;
    const { path, fingerprint } = source;
    const key = `${path}\0${fingerprint}`;
    const known = generations.get(key) ?? { path, fingerprint, chunks: [], attempt: attempt ?? 1, lostBytes: 0 };
    generations.set(key, known);
    return known;
  };
  for await (const { type, data } of logEvents(adwId, transport)) {
    if (type === 'agent_output_chunk') {
      const chunk = eventDataSchemas.agent_output_chunk.parse(data);
      of(chunk)?.chunks.push(chunkOf(chunk));
    } else {
      const started = eventDataSchemas.attempt_started.parse(data);
      const generation = of(started);
      if (generation) generation.lostBytes = started.lost_bytes ?? 0;
    }
  }
  return [...generations.values()];
}

function chunkOf(chunk: ChunkData): Chunk {
  return {
    offset: chunk.source?.offset ?? 0,
    length: chunk.source?.length ?? 0,
    lines: chunk.lines ?? 0,
    sha256: chunk.sha256,
    tailSha256: chunk.tail_sha256,
    redactions: chunk.redactions ?? {},
    artifacts: artifactsIn(chunk),
    trouble: troubleOf(chunk),
  };
}

function troubleOf(chunk: ChunkData): string | undefined {
  if (chunk.refused !== undefined) return `refused by the server: ${String(chunk.refused)}`;
  return isContentIntact(chunk) ? undefined : 'the content in the log is not what was sent';
}

/** Long lines that are in the log by name only, and images lifted out of lines. What was not changed holds neither. */
function artifactsIn({ content, sent_sha256 }: ChunkData): string[] {
  if (sent_sha256 === undefined) return [];
  return [...content.matchAll(ARTIFACT)].map(([, path = '', sha256 = '']) => `${path} ${sha256}`);
}

/** A line may be in the log while the artifact that holds it was refused, by something with a lower limit, say. */
async function findMissingArtifacts(
  logged: readonly LoggedGeneration[],
  { adwId, transport }: { adwId: string; transport: Transport },
): Promise<void> {
  const chunks = logged.flatMap(generation => generation.chunks).filter(({ artifacts }) => artifacts.length > 0);
  if (chunks.length === 0) return;
  const answer = await transport.request({ method: 'GET', path: `/api/v1/adws/${adwId}/artifacts` });
  const listed = artifactsSchema.safeParse(answer.body);
  if (answer.status !== 200 || !listed.success) {
    throw new AdwStreamError('server_refused', `The server does not list its artifacts: ${errorOf(answer)}.`);
  }
  const stored = new Set(listed.data.artifacts.map(({ path, sha256 }) => `${path} ${sha256}`));
  for (const chunk of chunks) {
    const missing = chunk.artifacts.find(artifact => !stored.has(artifact));
    if (missing !== undefined) chunk.trouble ??= `${missing.split(' ')[0]}, which holds a part of it, is not stored`;
  }
}

async function* logEvents(adwId: string, transport: Transport) {
  for (let after = 0; ; ) {
    const query = `after=${after}&limit=${PAGE_CHUNKS}&type=agent_output_chunk,attempt_started`;
    const answer = await transport.request({ method: 'GET', path: `/api/v1/adws/${adwId}/events?${query}` });
    if (answer.status === 404) return;
    const page = pageSchema.safeParse(answer.body);
    if (answer.status !== 200 || !page.success) {
      throw new AdwStreamError('server_refused', `The server does not tell its events: ${errorOf(answer)}.`);
    }
    yield* page.data.events;
    const last = page.data.events.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
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
    const generation = generationOnDisk({ path, fingerprint, reader }, logged);
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
  { path, fingerprint, reader }: { path: string; fingerprint: string; reader: GenerationReader },
  logged: readonly LoggedGeneration[],
): LoggedGeneration | undefined {
  const candidates = logged
    .filter(
      generation => generation.fingerprint === fingerprint || generation.fingerprint.startsWith(`${fingerprint}~`),
    )
    .sort((a, b) => Number(b.path === path) - Number(a.path === path) || b.attempt - a.attempt);
  return candidates.find(({ chunks }) => {
    const last = chunks.at(-1);
    return last?.tailSha256 !== undefined && reader.matches(last.offset + last.length, last.tailSha256);
  });
}

function comparison(
  { path, absolute, reader }: { path: string; absolute: string; reader: GenerationReader },
  generation: LoggedGeneration | undefined,
): VerifiedFile {
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
    for (const { offset, length, sha256: expected, trouble } of chunks) {
      if (offset < next) return { offset, what: 'these bytes are in the log twice' };
      if (offset > next) return { offset: next, what: `${offset - next} bytes are not in the log` };
      if (fd !== undefined && hashRange(fd, offset, length) !== expected) {
        return { offset, what: 'the bytes on disk are not those that were read' };
      }
      if (trouble !== undefined) return { offset, what: trouble };
      next = offset + length;
    }
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whether the content in the log has the hash of what was sent, or, where nothing was changed, of the disk's bytes. */
function isContentIntact(chunk: ChunkData): boolean {
  if (chunk.sent_sha256 !== undefined) return sha256(chunk.content) === chunk.sent_sha256;
  const body = chunk.lines === 0 ? '' : chunk.content + (chunk.terminated === false ? '' : '\n');
  if (!chunk.continues) return sha256(body) === chunk.sha256;
  return ['\n', '\r\n'].some(newline => sha256(newline + body) === chunk.sha256);
}

function completeAfter(reader: GenerationReader, offset: number): { lines: number; end: number } {
  reader.seek({ offset, lines: 0, terminated: true });
  for (;;) {
    const outcome = reader.read();
    if (outcome.kind === 'idle' || outcome.kind === 'rewritten') return { lines: reader.lines, end: reader.offset };
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
