import { formatBytes } from '../../adw/format.ts';
import { decodeText } from '../../base/text-encoding.ts';
import { sha256Hex } from '../../event/id.ts';
import { LINE_INLINE_BYTES_MAX } from '../../event/limits.ts';
import type { ArtifactUpload, Line } from '../flow.ts';
import { firstChars } from './preview.ts';
import type { Redactor } from './redact.ts';

/** Bytes of an oversized line that its stub is made from: enough for a preview after redaction. */
const STUB_BYTES = 16 * 1024;

/** What travels in the chunk for one line, and what must be stored beside it. */
export interface LineContent {
  readonly content: string;
  readonly artifact?: ArtifactUpload;
}

/**
 * The text itself, or for one that is longer than LINE_INLINE_BYTES_MAX a small object that refers to the artifact
 * which holds it whole: `{"type":"adw_stream.line","artifact","sha256","bytes","preview"}`. Where no artifacts are stored
 * it says in words that the line is not there: `{"type":"adw_stream.line","message","bytes","preview"}`.
 */
export function lineContent(text: string, { keepsArtifacts = true } = {}): LineContent {
  // A UTF-16 unit is at most three bytes of UTF-8: most lines need no counting.
  if (text.length * 3 <= LINE_INLINE_BYTES_MAX || Buffer.byteLength(text) <= LINE_INLINE_BYTES_MAX)
    return { content: text };
  const bytes = Buffer.from(text);
  if (!keepsArtifacts) {
    const message = `a line of ${formatBytes(bytes.length)}, too long to be sent whole`;
    const words = { type: 'adw_stream.line', message, bytes: bytes.length, preview: firstChars(text) };
    return { content: JSON.stringify(words) };
  }
  const sha256 = sha256Hex(bytes);
  const artifact = { path: `lines/${sha256}.json`, sha256, mediaType: 'application/json', bytes };
  const content = JSON.stringify({
    type: 'adw_stream.line',
    artifact: artifact.path,
    sha256,
    bytes: bytes.length,
    preview: firstChars(text),
  });
  return { content, artifact };
}

/** What a stub says of a line that is too long to be delivered. */
export interface OversizedStub {
  readonly content: string;
  readonly preview: string;
  readonly redactions: Readonly<Record<string, number>>;
}

/**
 * Stands for a line longer than LINE_BYTES_MAX: `{"type":"adw_stream.oversized_line","sha256","bytes","preview"}`,
 * where `sha256` is that of the whole line on disk.
 */
export function oversizedStub(line: Line, sha256: string, redactor: Redactor | undefined): OversizedStub {
  const head = decodeText({ ...line, bytes: line.bytes.subarray(0, STUB_BYTES) });
  const { text, counts } = redactor?.redact(head) ?? { text: head, counts: {} };
  const preview = firstChars(text);
  const content = JSON.stringify({ type: 'adw_stream.oversized_line', sha256, bytes: line.length, preview });
  return { content, preview, redactions: counts };
}
