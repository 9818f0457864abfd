import { CHUNK_BYTES_MAX, LINE_BYTES_MAX } from '../../event/limits.ts';
import type { DataOf } from '../../event/schema.ts';

/** Bytes on disk beside a chunk's content: its last newline, and the one that the line before it was missing, as CRLF; and one to spare. */
const NEWLINES_BYTES = 4;
const SHA256 = /^[0-9a-f]{64}$/i;
/** A line that was too long to be delivered, as the sidecar writes its stub; see `sidecar/parse/line-content.ts`. */
const OVERSIZED = /^\{"type":"adw_stream\.oversized_line","sha256":"[0-9a-f]{64}","bytes":(\d{1,16}),/;

/**
 * Why a raw chunk that names a byte range cannot stand for it, or undefined. The range moves the file's position: one that
 * is longer than its content can be would make the log pass over lines that it never had.
 */
export function impossibleRangeIn(chunk: DataOf<'agent_output_chunk'>): string | undefined {
  const { source, content, sha256 } = chunk;
  if (source?.fingerprint === undefined || source.length === undefined) return undefined;
  if (sha256 !== undefined && !SHA256.test(sha256)) return 'data.sha256: is no SHA-256 in hex';
  if (source.length <= bytesMax(chunk)) return undefined;
  return `data.source.length: ${source.length} bytes cannot be what ${Buffer.byteLength(content)} bytes of content stand for`;
}

/** Bytes on disk that a chunk's content can stand for. */
function bytesMax({ content, sent_sha256, refused }: DataOf<'agent_output_chunk'>): number {
  if (sent_sha256 === undefined && refused === undefined) return Buffer.byteLength(content) + NEWLINES_BYTES;
  // Redacted, or an image or a long line lifted out: what is left may be short.
  const oversized = Number(OVERSIZED.exec(content)?.[1] ?? 0);
  return Math.max(oversized, LINE_BYTES_MAX) + CHUNK_BYTES_MAX;
}
