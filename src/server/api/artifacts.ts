import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isoTime } from '../../base/clock.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { requireSafePath } from '../../event/path.ts';
import { shownType } from '../../event/shown-type.ts';
import type { ArtifactInfo, Store, StoredArtifact } from '../store/store.ts';
import { type AdwParams, knownAdw } from './adws.ts';
import { byteRangeOf } from './byte-range.ts';
import { parseQuery } from './query.ts';
import type { States } from './states.ts';

/** The query of `GET /api/v1/adws/:id/artifacts/*`. */
export const artifactQuerySchema = z.object({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
    .optional()
    .describe('One version of the path; the newest when absent.'),
});

/** The list of an ADW's artifacts, every version of every path, and their bytes. */
export function artifactRoutes(app: FastifyInstance, { store, states }: { store: Store; states: States }): void {
  app.get<{ Params: AdwParams }>('/api/v1/adws/:adw_id/artifacts', async ({ params }) => {
    const artifacts = await store.listArtifacts(params.adw_id);
    if (artifacts.length === 0) knownAdw(states, params.adw_id);
    return { artifacts: artifacts.map(entryOf) };
  });

  app.get<{ Params: AdwParams & { '*': string } }>('/api/v1/adws/:adw_id/artifacts/*', async (request, reply) => {
    const path = requireSafePath(request.params['*']);
    const { sha256 } = parseQuery(artifactQuerySchema, request.query);
    const artifact = await store.getArtifact(request.params.adw_id, path, sha256);
    if (artifact === undefined) throw new AdwStreamError('not_found', 'There is no such artifact.');
    return sendArtifact(request, reply, artifact, sha256 !== undefined);
  });
}

function entryOf({ adwId, path, sha256, mediaType, size, storedAt }: ArtifactInfo) {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return {
    path,
    sha256,
    bytes: size,
    media_type: mediaType,
    stored_at: isoTime(storedAt),
    url: `/api/v1/adws/${adwId}/artifacts/${encoded}?sha256=${sha256}`,
  };
}

/** ms that a download may take nothing before its connection is cut: as long as a subscriber. */
const STALL_MS_MAX = 60_000;

/** Bytes with the headers that make them harmless: nothing that they hold may run, and no page may guess their type. */
async function sendArtifact(
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
  artifact: StoredArtifact,
  pinned: boolean,
): Promise<FastifyReply> {
  const { size, sha256, mediaType, path } = artifact;
  const shown = shownType(mediaType);
  const etag = `"${sha256}"`;
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', pinned ? 'private, max-age=31536000, immutable' : 'private, no-cache')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('content-disposition', disposition(shown === undefined ? 'attachment' : 'inline', path))
    .type(shown ?? 'application/octet-stream');
  if (namesEtag(headers['if-none-match'], etag)) return reply.code(304).send();
  const ranged = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = ranged ? byteRangeOf(headers.range, size) : undefined;
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new AdwStreamError('range_not_satisfiable', `The artifact has ${size} bytes.`);
  }
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${range.start}-${range.end - 1}/${size}`);
  reply.header('content-length', String(range === undefined ? size : range.end - range.start));
  // What an answer to HEAD would hold is not read.
  if (method === 'HEAD') return reply.send(Readable.from([]));
  const bytes = await artifact.read(range);
  cutWhenStalled(reply, STALL_MS_MAX);
  return reply.send(bytes);
}

/** Cuts the connection of an answer that its reader takes nothing of for `ms`: until then it holds a piece of it, and a file. */
export function cutWhenStalled({ raw }: FastifyReply, ms: number): void {
  raw.setTimeout(ms, () => raw.destroy());
}

function namesEtag(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some(part => part.trim().replace(/^W\//, '') === etag || part.trim() === '*');
}

/** RFC 6266: the file's own name, for old clients in ASCII, for others percent-encoded. */
function disposition(kind: 'inline' | 'attachment', path: string): string {
  const name = path.split('/').at(-1) ?? 'artifact';
  const ascii = name.replace(/[^A-Za-z0-9._ -]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
