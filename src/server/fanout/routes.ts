import type {} from '@fastify/websocket';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type IdFormat, requireAdwId } from '../../adw/id.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { FRAME_BYTES_MAX } from '../../event/limits.ts';
import { ALL_ADWS } from '../../event/message.ts';
import { type EventType, isEventType } from '../../event/types.ts';
import type { Fanout, FeedSink } from './fanout.ts';
import type { Origin } from './peer.ts';
import type { SubscribeRequest } from './subscriptions.ts';

/**
 * What `@fastify/websocket` is to be registered with. Its own `preClose` closes clients without a code, and its own error
 * handler cuts the socket before the close code of a refused frame has left: both are `fanout`'s business.
 */
export const WEBSOCKET_OPTIONS = {
  options: { maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false },
  preClose: (done: () => void): void => done(),
  errorHandler: (): void => {},
} as const;

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies that buffer would hold events back.
  'x-accel-buffering': 'no',
};

const querySchema = z.looseObject({
  adw_id: z.string().optional(),
  types: z.string().optional(),
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'is a whole number')
    .optional(),
  epoch: z.string().max(128).optional(),
});

const changesQuerySchema = z.looseObject({
  after: z.string().max(64).optional(),
  parts: z.enum(['0', '1']).optional(),
});

/** What tells clients of changed runs. */
export interface RunChanges {
  /** Resolves once it knows all of them. */
  readonly ready: Promise<void>;
  follow(sink: FeedSink, asked: { readonly after: string | undefined; readonly withParts: boolean }): void;
}

/** What {@link fanoutRoutes} takes beside the fan-out. */
export interface FanoutRoutesOptions {
  readonly idFormat?: IdFormat;
  /** Without it there is no `GET /api/v1/changes`. */
  readonly changes?: RunChanges;
}

/**
 * `/ws`, `/ws/trigger`, `GET /api/v1/stream`, `GET /api/v1/changes` and `GET /api/v1/connections`. Needs `@fastify/websocket` registered with
 * {@link WEBSOCKET_OPTIONS} before; which clients are admitted is decided by hooks before these routes.
 */
export function fanoutRoutes(
  fanout: Fanout,
  { idFormat = 'strict', changes }: FanoutRoutesOptions = {},
): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    for (const path of ['/ws', '/ws/trigger']) {
      app.get(path, { websocket: true, exposeHeadRoute: false, preHandler: letGo }, (socket, request) => {
        // The plugin's own listener holds the request and the reply; `receive` adds one that does not.
        socket.removeAllListeners('error');
        fanout.acceptWebSocket(socket, request.raw.socket, originOf(request, 'websocket'));
      });
    }
    app.get('/api/v1/stream', { exposeHeadRoute: false }, (request, reply) => {
      const wanted = streamRequest(request, idFormat);
      beginStream(reply);
      fanout.acceptStream(reply.raw, originOf(request, 'sse'), wanted);
      return reply;
    });
    if (changes !== undefined) changesRoute(app, fanout, changes);
    app.get('/api/v1/connections', () => {
      const connections = fanout.connections();
      return { connections, count: connections.length };
    });
  };
}

/** The list of runs, and what changes of it: see {@link RunChanges}. */
function changesRoute(app: FastifyInstance, fanout: Fanout, changes: RunChanges): void {
  app.get('/api/v1/changes', { exposeHeadRoute: false }, async (request, reply) => {
    const { after, parts } = parsed(changesQuerySchema, request.query);
    await changes.ready;
    beginStream(reply);
    const sink = fanout.acceptFeed(reply.raw, originOf(request, 'sse'));
    changes.follow(sink, { after: headerText(request.headers['last-event-id']) ?? after, withParts: parts === '1' });
    return reply;
  });
}

function beginStream(reply: FastifyReply): void {
  reply.hijack();
  // What hooks have set (CORS, security) goes out too, though the answer leaves fastify's hands here.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200, STREAM_HEADERS);
  reply.raw.write('retry: 1000\n\n');
}

/**
 * An upgrade has an HTTP response that is never written. Its socket would keep it, and with it the request, for as long
 * as the WebSocket lives: a quarter of what an idle connection costs.
 */
function letGo(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (request.ws) reply.raw.detachSocket(request.raw.socket);
  done();
}

function originOf({ headers, ip, access }: FastifyRequest, kind: Origin['kind']): Origin {
  return {
    kind,
    userAgent: headers['user-agent']?.slice(0, 256) ?? null,
    remoteAddress: ip,
    mayWrite: access !== 'read',
  };
}

/** A browser that reconnects repeats its URL and adds `Last-Event-ID`, so the header knows better than `after`. */
function streamRequest({ query, headers }: FastifyRequest, idFormat: IdFormat): Omit<SubscribeRequest, 'encoding'> {
  const { adw_id = ALL_ADWS, types, after, epoch } = parsed(querySchema, query);
  if (adw_id !== ALL_ADWS) requireAdwId(adw_id, idFormat);
  return {
    adwId: adw_id,
    types: types === undefined ? undefined : typesOf(types),
    ...(lastEventId(headers['last-event-id']) ?? { after: after === undefined ? undefined : Number(after), epoch }),
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, query: unknown): z.infer<Schema> {
  const found = schema.safeParse(query);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new AdwStreamError('invalid_query', `${issue?.path.join('.')}: ${issue?.message}`);
}

function typesOf(list: string): EventType[] {
  return list.split(',').map(name => {
    const type = name.trim();
    if (isEventType(type)) return type;
    throw new AdwStreamError('invalid_query', `types: unknown event type ${JSON.stringify(type.slice(0, 80))}`);
  });
}

const headerText = (header: string | string[] | undefined) => (header === undefined ? undefined : String(header));

function lastEventId(header: string | string[] | undefined): { epoch: string; after: number } | undefined {
  const match = /^(.{1,128}):(\d{1,15})$/.exec(headerText(header) ?? '');
  return match === null ? undefined : { epoch: match[1] as string, after: Number(match[2]) };
}
