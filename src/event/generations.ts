import { sumCounts } from '../base/counts.ts';
import { sha256Hex } from './id.ts';
import type { Position } from './position.ts';
import { type DataOf, eventDataSchemas } from './schema.ts';

/**
 * What a log holds of each file generation, and whether that fits together in itself: ranges without gap or repeat, each with the
 * content that was sent, and every artifact that a content stands on. `verify` compares it with the disk, an export says it.
 */

/** What parse leaves where it takes a line, or an image in one, out as an artifact. */
const ARTIFACT =
  /(?:^\{"type":"adw_stream\.line","artifact":"|"artifact:)((?:lines|images)\/([0-9a-f]{64})\.[a-z]{2,5})[";]/gm;

/** The types of events that tell what a log holds of files. */
export const GENERATION_TYPES = ['agent_output_chunk', 'attempt_started', 'agent_log'] as const;

type ChunkData = DataOf<'agent_output_chunk'>;
type AttemptData = DataOf<'attempt_started'>;
type LogData = DataOf<'agent_log'>;

/**
 * A raw chunk, or an entry of a workflow's own log, without its content, which was checked in passing: an ADW may be larger
 * than memory.
 */
export interface Chunk {
  /** Bytes on disk, as `length` is. */
  readonly offset: number;
  readonly length: number;
  readonly lines: number;
  /** Hash of those bytes; undefined where none is known: of a line that is too long, or an entry of an older log. */
  readonly sha256: string | undefined;
  readonly tailSha256: string | undefined;
  /** Whether its last line ended with a newline on disk. */
  readonly terminated: boolean;
  readonly redactions: Readonly<Record<string, number>>;
  /** Artifacts that the content stands on, by path and hash with a space between. */
  readonly artifacts: readonly string[];
  /** What is wrong with it, apart from its place. */
  damage: string | undefined;
}

/** What the log holds of one file generation. */
export interface LoggedGeneration {
  readonly path: string;
  readonly fingerprint: string;
  readonly chunks: Chunk[];
  attempt: number;
  /** Bytes before it that were declared lost. */
  lostBytes: number;
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

/** Gathers what a log holds of its files, from its events in their order. */
export class Generations {
  readonly #all = new Map<string, LoggedGeneration>();

  /** Takes an event of the log; those of other types than {@link GENERATION_TYPES} tell nothing. */
  add(type: string, data: unknown): void {
    if (type === 'agent_output_chunk') {
      const chunk = eventDataSchemas.agent_output_chunk.parse(data);
      this.#of(chunk)?.chunks.push(chunkOf(chunk));
    } else if (type === 'agent_log') {
      const entry = eventDataSchemas.agent_log.parse(data);
      if (entry.event_type === 'execution_log') this.#of(entry)?.chunks.push(entryOf(entry));
    } else if (type === 'attempt_started') {
      const started = eventDataSchemas.attempt_started.parse(data);
      const generation = this.#of(started);
      if (generation) generation.lostBytes = started.lost_bytes ?? 0;
    }
  }

  /** Each generation, the one of which the log told first before the others. */
  list(): LoggedGeneration[] {
    return [...this.#all.values()];
  }

  #of({ source, attempt }: ChunkData | AttemptData | LogData): LoggedGeneration | undefined {
    if (source?.fingerprint === undefined) return undefined;
    const { path, fingerprint } = source;
    const key = `${path}\0${fingerprint}`;
    const known = this.#all.get(key) ?? { path, fingerprint, chunks: [], attempt: attempt ?? 1, lostBytes: 0 };
    this.#all.set(key, known);
    return known;
  }
}

/**
 * Marks chunks whose artifacts are not stored: a line may be in the log while the artifact that holds it was refused, by
 * something with a lower limit, say.
 */
export function markMissingArtifacts(
  logged: readonly LoggedGeneration[],
  stored: readonly { readonly path: string; readonly sha256: string }[],
): void {
  const known = new Set(stored.map(({ path, sha256 }) => `${path} ${sha256}`));
  for (const chunk of logged.flatMap(({ chunks }) => chunks)) {
    const missing = chunk.artifacts.find(artifact => !known.has(artifact));
    if (missing !== undefined) chunk.damage ??= `${missing.split(' ')[0]}, which holds a part of it, is not stored`;
  }
}

/**
 * Walks the chunks in the order of the log: each begins where the one before ended, and holds what was sent.
 * @param isOnDisk whether a range with a hash is what lies on disk there; absent where there is none to compare with
 */
export function firstDifference(
  chunks: readonly Chunk[],
  isOnDisk?: (chunk: Chunk, sha256: string) => boolean,
): Difference | undefined {
  let next = 0;
  for (const chunk of chunks) {
    const { offset, length, sha256, damage } = chunk;
    if (offset < next) return { offset, what: 'these bytes are in the log twice' };
    if (offset > next) return { offset: next, what: `${offset - next} bytes are not in the log` };
    if (sha256 !== undefined && isOnDisk?.(chunk, sha256) === false)
      return { offset, what: 'the bytes on disk are not those that were read' };
    if (damage !== undefined) return { offset, what: damage };
    next = offset + length;
  }
  return undefined;
}

/** A generation as the log alone tells of it. */
export function verifyInLog({ path, attempt, chunks, lostBytes }: LoggedGeneration): VerifiedFile {
  return {
    path,
    attempt,
    onDisk: false,
    bytes: chunks.reduce((sum, { length }) => sum + length, 0),
    lines: linesOf(chunks),
    missingLines: 0,
    difference: firstDifference(chunks),
    redactions: redactionsOf(chunks),
    lostBytes,
  };
}

/** Where a log ends in each stream: what `GET /api/v1/adws/:id/positions` answers. Entries of a workflow's own log have no position. */
export function positionsIn(logged: readonly LoggedGeneration[]): Position[] {
  return logged.flatMap(({ path, fingerprint, attempt, chunks }) => {
    const last = chunks.at(-1);
    if (last?.tailSha256 === undefined) return [];
    const next = last.offset + last.length;
    const { tailSha256: tail_sha256, terminated } = last;
    return [{ path, fingerprint, attempt, next, lines: linesOf(chunks), tail_sha256, terminated }];
  });
}

/** By path, then as they followed each other. */
export function inFileOrder(a: VerifiedFile, b: VerifiedFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.attempt - b.attempt;
}

/** Lines that chunks complete. */
export function linesOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { lines }) => sum + lines, 0);
}

/** Secrets that were replaced in chunks, by kind. */
export function redactionsOf(chunks: readonly Chunk[]): Readonly<Record<string, number>> {
  return sumCounts(chunks.map(({ redactions }) => redactions));
}

function chunkOf(chunk: ChunkData): Chunk {
  return {
    offset: chunk.source?.offset ?? 0,
    length: chunk.source?.length ?? 0,
    lines: chunk.lines ?? 0,
    // Without a hash it stands for no bytes.
    sha256: chunk.sha256 ?? '',
    tailSha256: chunk.tail_sha256,
    terminated: chunk.terminated !== false,
    redactions: chunk.redactions ?? {},
    artifacts: artifactsIn(chunk),
    damage: damageOf(chunk),
  };
}

/** An entry of an `execution.log` stands for its lines; what its message does not hold is an artifact. */
function entryOf(entry: LogData): Chunk {
  const { source, sha256: hash, lines, artifact } = entry;
  const whole = typeof artifact === 'string' ? /^lines\/([0-9a-f]{64})\.txt$/.exec(artifact)?.[1] : undefined;
  return {
    offset: source?.offset ?? 0,
    length: source?.length ?? 0,
    lines: typeof lines === 'number' ? lines : 1,
    sha256: typeof hash === 'string' ? hash : undefined,
    tailSha256: undefined,
    terminated: true,
    redactions: {},
    artifacts: whole === undefined ? [] : [`lines/${whole}.txt ${whole}`],
    damage: undefined,
  };
}

function damageOf(chunk: ChunkData): string | undefined {
  if (chunk.refused !== undefined) return `refused by the server: ${String(chunk.refused)}`;
  return isContentIntact(chunk) ? undefined : 'the content in the log is not what was sent';
}

/** Long lines that are in the log by name only, and images lifted out of lines. What was not changed holds neither. */
function artifactsIn({ content, sent_sha256 }: ChunkData): string[] {
  if (sent_sha256 === undefined) return [];
  return [...content.matchAll(ARTIFACT)].map(([, path = '', sha256 = '']) => `${path} ${sha256}`);
}

/** Whether the content in the log has the hash of what was sent, or, where nothing was changed, of the disk's bytes. */
function isContentIntact(chunk: ChunkData): boolean {
  if (chunk.sent_sha256 !== undefined) return sha256Hex(chunk.content) === chunk.sent_sha256;
  const body = chunk.lines === 0 ? '' : chunk.content + (chunk.terminated === false ? '' : '\n');
  if (!chunk.continues) return sha256Hex(body) === chunk.sha256;
  return NEWLINES.some(newline => sha256Hex(Buffer.concat([newline, Buffer.from(body)])) === chunk.sha256);
}

/** How the newline may lie on disk that a line was delivered without. Other content of UTF-16 was changed to be sent. */
const NEWLINES = ['\n', '\r\n'].flatMap(text => [
  Buffer.from(text),
  Buffer.from(text, 'utf16le'),
  Buffer.from(text, 'utf16le').swap16(),
]);
