import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { requireSafePath } from '../../event/path.ts';
import type { Store } from '../store/store.ts';

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
  readonly bytes: Buffer;
}

/** Separators and NUL in disguise: no path that means well has them. */
const DISGUISED = /%(?:2f|5c|00|2e%2e|2e\.|\.%2e)/i;
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}(?:; ?charset=[\w-]{1,32})?$/i;
const FALLBACK_MEDIA_TYPE = 'application/octet-stream';

/**
 * Stores an upload whose bytes are what its digest says.
 * @throws AdwStreamError invalid_path, invalid_body without a digest, digest_mismatch
 */
export async function acceptArtifact(upload: Upload, { store, clock }: { store: Store; clock: Clock }) {
  const { adwId, path, rawPath, bytes, mediaType } = upload;
  requireSafePath(DISGUISED.test(rawPath) ? rawPath : path);
  const wanted = sha256Of(upload.digest);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (wanted !== sha256) {
    throw new AdwStreamError('digest_mismatch', 'The bytes do not have the digest that they were sent with.', {
      details: { expected: wanted, received: sha256 },
    });
  }
  const outcome = await store.putArtifact({
    adwId,
    path,
    sha256,
    mediaType: mediaType !== undefined && MEDIA_TYPE.test(mediaType) ? mediaType : FALLBACK_MEDIA_TYPE,
    size: bytes.length,
    storedAt: clock.now(),
    bytes,
  });
  const url = `/api/v1/adws/${adwId}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`;
  return { outcome, answer: { path, sha256, bytes: bytes.length, url } };
}

/** The digest of the header as hex. @throws AdwStreamError invalid_body */
function sha256Of(header: string | undefined): string {
  const value = /(?:^|,)\s*sha-256=([A-Za-z0-9+/=_-]+)/i.exec(header ?? '')?.[1];
  if (value !== undefined && /^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  const bytes = Buffer.from(value ?? '', 'base64');
  if (bytes.length === 32) return bytes.toString('hex');
  throw new AdwStreamError('invalid_body', 'Send the header Digest: sha-256=<the base64 of the SHA-256 of the bytes>.');
}
