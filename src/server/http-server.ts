import { readFileSync } from 'node:fs';
import { createServer, type ServerOptions as HttpOptions, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { AdwStreamError, messageOf, systemCode } from '../base/errors.ts';
import type { RefusalTally } from '../base/refusal.ts';
import { BODY_BYTES_MAX } from '../event/limits.ts';
import { answerMalformed, type ErrorTrace, sendError } from './http-errors.ts';
import type { ServerOptions } from './options.ts';
import { connectionsMax, fewDescriptors } from './security/descriptors.ts';
import {
  CONNECTIONS_CHECK_MS,
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
} from './security/limits.ts';

/** What {@link createHttpApp} takes. */
export interface HttpAppOptions extends ErrorTrace {
  readonly tls?: ServerOptions['tls'] | undefined;
}

/** The application without routes: the limits of connections, and one shape for what the framework itself refuses. */
export function createHttpApp({ tls, log, refusals }: HttpAppOptions): FastifyInstance {
  const descriptors = fewDescriptors();
  if (descriptors !== undefined) log.report('few_descriptors', { descriptors, connections_max: connectionsMax() });
  const app = fastify({
    serverFactory: handler =>
      traced(limited(tls ? secureServer(tls, handler) : createServer(HTTP_OPTIONS, handler)), refusals),
    clientErrorHandler: (error, socket) => answerMalformed(error, socket, refusals),
    // A URL that no route can be looked for with: no hook sees its request.
    frameworkErrors: (error, request, reply) => {
      refusals.note('malformed', request.ip);
      reply.raw.once('finish', () => closeIfUpgrade(request));
      sendError(reply, error, { log, refusals });
    },
    bodyLimit: BODY_BYTES_MAX,
    // An id of any length has to reach the check that refuses it.
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    // A peer's address is the socket's: no client may name another in a header to get around the limits.
    trustProxy: false,
    // While the server shuts down, what arrived on open connections is still answered.
    return503OnClosing: false,
    logger: false,
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, ip } = request;
    closeIfUpgrade(request);
    const ms = Math.round(reply.elapsedTime);
    log.report('request_answered', {
      method,
      route: routeOptions.url ?? null,
      status: reply.statusCode,
      ms,
      client: ip,
    });
    done();
  });
  return app;
}

/** Node lets go of a socket that asked for an upgrade; one that was refused would stay open for ever. */
function closeIfUpgrade({ headers, raw }: FastifyRequest): void {
  if (headers.upgrade !== undefined) raw.socket.destroySoon();
}

/**
 * Listens, and answers the URL. @throws AdwStreamError port_in_use, or invalid_option where the address cannot be had
 */
export async function listen(app: FastifyInstance, { host, port, tls }: ServerOptions): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const at = `${host}:${port}`;
    if (systemCode(error) === 'EADDRINUSE') {
      throw new AdwStreamError('port_in_use', `Another program already listens on ${at}.`, { cause: error });
    }
    throw new AdwStreamError('invalid_option', `Cannot listen on ${at}: ${messageOf(error)}.`, { cause: error });
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

/** Stops listening and waits for the answers that are under way; `ms` later what is still open is cut. */
export async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const cut = setTimeout(() => {
    for (const socket of openSockets.get(app.server) ?? []) socket.destroy();
  }, ms);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

const HTTP_OPTIONS: HttpOptions = {
  maxHeaderSize: HEADER_BYTES_MAX,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // Node would answer a request without one by itself, unseen; the guard refuses it.
  requireHostHeader: false,
};

/** Every socket of a server, those among them that became WebSockets and that Node no longer counts as its own. */
const openSockets = new WeakMap<Server, Set<Socket>>();

function limited(server: Server): Server {
  server.maxConnections = connectionsMax();
  const sockets = new Set<Socket>();
  openSockets.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return server;
}

/** Counts what Node refuses by itself, before there is a request: with a listener it leaves the answer to us. */
function traced(server: Server, refusals: RefusalTally): Server {
  server.on('drop', connection => refusals.note('too many connections', connection?.remoteAddress));
  server.on('connect', (_request, socket: Socket) => {
    refusals.note('malformed', socket.remoteAddress);
    socket.destroy();
  });
  server.on('checkExpectation', (request, response) => {
    refusals.note('malformed', request.socket.remoteAddress);
    response.writeHead(417).end();
  });
  return server;
}

/** An https server is an http server on another kind of socket; only their types say otherwise. */
function secureServer({ certFile, keyFile }: NonNullable<ServerOptions['tls']>, handler: RequestListener): Server {
  const [cert, key] = [readPem(certFile), readPem(keyFile)];
  try {
    return createTlsServer({ ...HTTP_OPTIONS, cert, key, minVersion: 'TLSv1.2' }, handler) as unknown as Server;
  } catch (error) {
    throw new AdwStreamError('invalid_option', `The certificate and its key do not work: ${messageOf(error)}.`);
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AdwStreamError('invalid_option', `Cannot read ${file}: ${systemCode(error) ?? messageOf(error)}.`);
  }
}
