import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AdwStreamError } from '../../base/errors.ts';
import { type DataOf, eventDataSchemas } from '../../event/schema.ts';
import { errorOf, type Transport } from '../deliver/transport.ts';

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

type ChunkData = DataOf<'agent_output_chunk'>;
type AttemptData = DataOf<'attempt_started'>;
type LogData = DataOf<'agent_log'>;

/**
 * A raw chunk, or an entry of a workflow's own log, without its content, which was checked in passing: an ADW may be larger
 * than memory.
 */
export interface Chunk {
  readonly offset: number;
  readonly length: number;
  readonly lines: number;
  /** Hash of those bytes; undefined where none is known: of a line that is too long, or an entry of an older log. */
  readonly sha256: string | undefined;
  readonly tailSha256: string | undefined;
  readonly redactions: Readonly<Record<string, number>>;
  /** Artifacts that the content stands on, by path and hash. */
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
  lostBytes: number;
}

/** What the log holds of an ADW's files, each generation in the order of the log. @throws AdwStreamError server_refused */
export async function readGenerations(adwId: string, transport: Transport): Promise<LoggedGeneration[]> {
  const generations = new Map<string, LoggedGeneration>();
  const of = ({ source, attempt }: ChunkData | AttemptData | LogData): LoggedGeneration | undefined => {
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
    } else if (type === 'agent_log') {
      const entry = eventDataSchemas.agent_log.parse(data);
      if (entry.event_type === 'execution_log') of(entry)?.chunks.push(entryOf(entry));
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
    // Without a hash it stands for no bytes.
    sha256: chunk.sha256 ?? '',
    tailSha256: chunk.tail_sha256,
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

/** Marks chunks whose artifacts are not stored: a line may be in the log while the artifact that holds it was refused, by something with a lower limit, say. */
export async function findMissingArtifacts(
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
    if (missing !== undefined) chunk.damage ??= `${missing.split(' ')[0]}, which holds a part of it, is not stored`;
  }
}

async function* logEvents(adwId: string, transport: Transport) {
  for (let after = 0; ; ) {
    const query = `after=${after}&limit=${PAGE_CHUNKS}&type=agent_output_chunk,attempt_started,agent_log`;
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

/** Whether the content in the log has the hash of what was sent, or, where nothing was changed, of the disk's bytes. */
function isContentIntact(chunk: ChunkData): boolean {
  if (chunk.sent_sha256 !== undefined) return sha256(chunk.content) === chunk.sent_sha256;
  const body = chunk.lines === 0 ? '' : chunk.content + (chunk.terminated === false ? '' : '\n');
  if (!chunk.continues) return sha256(body) === chunk.sha256;
  return NEWLINES.some(newline => sha256(Buffer.concat([newline, Buffer.from(body)])) === chunk.sha256);
}

/** How the newline may lie on disk that a line was delivered without. Other content of UTF-16 was changed to be sent. */
const NEWLINES = ['\n', '\r\n'].flatMap(text => [
  Buffer.from(text),
  Buffer.from(text, 'utf16le'),
  Buffer.from(text, 'utf16le').swap16(),
]);

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
