import { createHash } from 'node:crypto';
import { type ArtifactBytes, DigestMismatch } from './store.ts';

/** The bytes as pieces, none of them empty. */
export async function* piecesOf(bytes: ArtifactBytes): AsyncGenerator<Buffer> {
  if (!Buffer.isBuffer(bytes)) yield* bytes;
  else if (bytes.length > 0) yield bytes;
}

/**
 * The same pieces, the last of which comes only when all of them have that sha-256.
 * @throws DigestMismatch instead of it
 */
export async function* verifiedPieces(sha256: string, bytes: ArtifactBytes): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const piece of piecesOf(bytes)) {
    hash.update(piece);
    if (held !== undefined) yield held;
    held = piece;
  }
  const received = hash.digest('hex');
  if (received !== sha256) throw new DigestMismatch(sha256, received);
  if (held !== undefined) yield held;
}
