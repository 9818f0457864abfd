import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { requireAdwId } from '../../adw/id.ts';
import { whenGone } from '../../base/when-gone.ts';
import { ARTIFACT_BYTES_MAX, BODY_BYTES_MAX } from '../../event/limits.ts';
import { acceptArtifact, tooLarge } from './artifact-upload.ts';
import { parseArray, parseJson, parseLines, unpack } from './body.ts';
import type { Ingest } from './ingest.ts';
import { PACKED_FACTOR, UPLOAD_BYTES } from './limits.ts';
import { REFERENCE_ROUTES, type ReferenceRoute } from './reference/index.ts';

/** What {@link ingestRoutes} takes beside the ingest. */
export interface IngestRouteOptions {
  /** How many subscribers there are: the reference's answers say so. */
  readonly subscriberCount: () => number;
}

const JSON_TYPE = 'application/json';
const LINES_TYPE = 'application/x-ndjson';

/** Every route by which something comes in over HTTP. Refusals are thrown as AdwStreamError. */
export function ingestRoutes(ingest: Ingest, options: IngestRouteOptions): FastifyPluginAsync {
  return async app => {
    holdBack(app, ingest);
    await app.register(async scope => {
      takeBytes(scope, [JSON_TYPE, LINES_TYPE], BODY_BYTES_MAX);
      eventRoutes(scope, ingest);
      referenceRoutes(scope, ingest, options);
    });
    await app.register(async scope => {
      takeStreams(scope);
      artifactRoutes(scope, ingest);
    });
  };
}

/** Refuses bodies before they are read when too much is under way. */
function holdBack(app: FastifyInstance, { backPressure }: Ingest): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const release = backPressure.reserve(expectedBytes(request));
      whenGone(reply.raw, request.raw.socket, release);
    }
    done();
  });
}

/** Memory that a request will take: what it announces, or the most it may where it does not say; of an artifact only pieces. */
function expectedBytes({ method, headers }: FastifyRequest): number {
  if (method === 'PUT') return UPLOAD_BYTES;
  const announced = Number(headers['content-length'] ?? Number.NaN);
  if (!Number.isFinite(announced)) return BODY_BYTES_MAX;
  const packed = headers['content-encoding'] !== undefined;
  return packed ? Math.max(announced, Math.min(announced * PACKED_FACTOR, BODY_BYTES_MAX)) : announced;
}

/** Hands bodies of these types to the routes as bytes: they may be packed, and one bad line must not refuse the rest. */
function takeBytes(scope: FastifyInstance, types: string[], bodyLimit: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(types, { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
}

/** Hands bodies to the routes as they come in: they go to the disk, and never lie in memory as a whole. */
function takeStreams(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** The unpacked bytes of a body; a request without one has none. */
async function bytesOf({ body, headers }: FastifyRequest): Promise<Buffer> {
  return unpack(Buffer.isBuffer(body) ? body : Buffer.alloc(0), headers['content-encoding']);
}

function isLines({ headers }: FastifyRequest): boolean {
  return (headers['content-type'] ?? '').toLowerCase().startsWith(LINES_TYPE);
}

function eventRoutes(scope: FastifyInstance, ingest: Ingest): void {
  scope.get<{ Params: { id: string } }>('/api/v1/adws/:id/positions', async ({ params }) => ({
    epoch: ingest.store.epoch,
    files: await ingest.store.positions(requireAdwId(params.id, ingest.idFormat)),
  }));

  scope.post('/api/v1/events', { config: { ownOrigin: true } }, async request => {
    const bytes = await bytesOf(request);
    return ingest.acceptEvents(isLines(request) ? parseLines(bytes) : parseArray(bytes));
  });
}

function referenceRoutes(scope: FastifyInstance, ingest: Ingest, { subscriberCount }: IngestRouteOptions): void {
  for (const route of Object.keys(REFERENCE_ROUTES) as ReferenceRoute[]) {
    scope.post(`/api/${route}`, async request =>
      ingest.acceptReference(route, parseJson(await bytesOf(request)), subscriberCount()),
    );
  }
}

function artifactRoutes(scope: FastifyInstance, ingest: Ingest): void {
  const refuseLarge = async ({ headers }: FastifyRequest) => {
    if (Number(headers['content-length'] ?? 0) > ARTIFACT_BYTES_MAX) throw tooLarge();
  };
  const options = { config: { ownOrigin: true }, preParsing: refuseLarge };
  scope.put<{ Params: { id: string; '*': string } }>(
    '/api/v1/adws/:id/artifacts/*',
    options,
    async (request, reply) => {
      const { id, '*': path } = request.params;
      const { body, headers } = request;
      const { outcome, answer } = await acceptArtifact(
        {
          adwId: requireAdwId(id, ingest.idFormat),
          path,
          rawPath: (request.raw.url ?? '').split('?', 1)[0]!.split('/artifacts/').slice(1).join('/artifacts/'),
          digest: headers.digest as string | undefined,
          mediaType: headers['content-type'],
          body: body instanceof Readable ? body : Readable.from([]),
        },
        ingest,
      );
      return reply.code(outcome === 'created' ? 201 : 200).send(answer);
    },
  );
}
