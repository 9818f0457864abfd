import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { ARTIFACT_BYTES_MAX } from '../../event/limits.ts';
import type { LocalArtifact } from '../../event/local-log.ts';
import { requireSafePath } from '../../event/path.ts';
import { type ArtifactUpload, DigestMismatch, type Store } from '../store/store.ts';

/** An upload as it came in. */
export interface Upload {
  readonly adwId: string;
  /** The path as the router decoded it. */
  readonly path: string;
  /** The path as it was sent, to see separators that were encoded. */
  readonly rawPath: string;
  /** `Digest: sha-256=…`, base64 as RFC 3230 has it, or hex. */
  readonly digest: string | undefined;
  readonly mediaType: string | undefined;
  /** The body as it comes in. */
  readonly body: Readable;
}

/** Separators and NUL in disguise: no path that means well has them. */
const DISGUISED = /%(?:2f|5c|00|2e%2e|2e\.|\.%2e)/i;
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?:; ?charset=[\w-]{1,32})?$/i;
const FALLBACK_MEDIA_TYPE = 'application/octet-stream';

/**
 * Stores an upload whose bytes are what its digest says, while they come in.
 * @throws AdwStreamError invalid_path, invalid_body without a digest, digest_mismatch, too_large
 */
export async function acceptArtifact(upload: Upload, parts: ArtifactParts) {
  const { adwId, path, rawPath, mediaType } = upload;
  requireSafePath(DISGUISED.test(rawPath) ? rawPath : path);
  const sha256 = sha256Of(upload.digest);
  const counted = { size: 0 };
  const outcome = await storeArtifact({ adwId, path, sha256, mediaType, bytes: limited(upload.body, counted) }, parts);
  const url = `/api/v1/adws/${adwId}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
  return { outcome, answer: { path, sha256, bytes: counted.size, url } };
}

/**
 * Stores bytes that lie in this process.
 * @throws AdwStreamError invalid_path, digest_mismatch, too_large
 */
export async function acceptOwnArtifact(adwId: string, artifact: LocalArtifact, parts: ArtifactParts): Promise<void> {
  requireSafePath(artifact.path);
  if (artifact.bytes.length > ARTIFACT_BYTES_MAX) throw tooLarge();
  await storeArtifact({ adwId, ...artifact }, parts);
}

interface ArtifactParts {
  readonly store: Store;
  readonly clock: Clock;
}

/** An artifact whose path is checked. */
interface NewArtifact extends Pick<ArtifactUpload, 'adwId' | 'path' | 'sha256' | 'bytes'> {
  readonly mediaType: string | undefined;
}

async function storeArtifact({ mediaType, ...artifact }: NewArtifact, { store, clock }: ArtifactParts) {
  const known = mediaType !== undefined && MEDIA_TYPE.test(mediaType) ? mediaType : FALLBACK_MEDIA_TYPE;
  try {
    return await store.putArtifact({ ...artifact, mediaType: known, size: 0, storedAt: clock.now() });
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error;
    const { expected, received } = error;
    throw new AdwStreamError('digest_mismatch', 'The bytes do not have the digest that they were sent with.', {
      details: { expected, received },
    });
  }
}

/** @throws AdwStreamError too_large as soon as there are more bytes than an artifact may have */
async function* limited(body: Readable, counted: { size: number }): AsyncGenerator<Buffer> {
  // A sender whose upload is refused in the middle is to be answered: its connection stays.
  for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    counted.size += piece.length;
    if (counted.size > ARTIFACT_BYTES_MAX) throw tooLarge();
    yield piece;
  }
}

/** The refusal of an upload that is, or says that it is, larger than an artifact may be. */
export function tooLarge(): AdwStreamError {
  return new AdwStreamError('too_large', `An artifact has at most ${ARTIFACT_BYTES_MAX} bytes.`);
}

/** The digest of the header as hex. @throws AdwStreamError invalid_body */
function sha256Of(header: string | undefined): string {
  const value = /(?:^|,)\s*sha-256=([A-Za-z0-9+/=_-]+)/i.exec(header ?? '')?.[1];
  if (value !== undefined && /^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  const bytes = Buffer.from(value ?? '', 'base64');
  if (bytes.length === 32) return bytes.toString('hex');
  throw new AdwStreamError('invalid_body', 'Send the header Digest: sha-256=<the base64 of the SHA-256 of the bytes>.');
}
