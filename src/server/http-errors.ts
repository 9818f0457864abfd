import type { Socket } from 'node:net';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AdwStreamError, type ErrorCode, messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { Refusal, type RefusalKind, type RefusalTally } from '../base/refusal.ts';

/** Seconds after which a caller asks an unavailable server again, where the error names no other time. */
const UNAVAILABLE_SECONDS = 2;

/** How every refusal looks on the wire: both of the reference's names for the text, a stable code, particulars. */
export interface ErrorBody {
  readonly error: string;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly [particular: string]: unknown;
}

/** The body that tells a caller about `error`. */
function errorBody({ message, code, details }: AdwStreamError): ErrorBody {
  return { ...details, error: message, detail: message, code };
}

/** Our error for whatever was thrown while a request was handled. Text we did not write ourselves never gets out. */
function asAdwStreamError(error: unknown): AdwStreamError {
  if (error instanceof AdwStreamError) return error;
  const code = frameworkCode(error);
  if (code === undefined) return new AdwStreamError('internal', 'The server failed to answer this request.');
  return new AdwStreamError(code, FRAMEWORK_TEXT[code]);
}

/** The framework's refusals that a caller can cause, in our words. */
const FRAMEWORK_TEXT = {
  invalid_body: 'The body is not the JSON that its content type promises.',
  invalid_path: 'The path is not properly encoded.',
  invalid_query: 'The request is malformed.',
  not_found: 'There is nothing here.',
  too_large: 'The body is larger than this route takes.',
  unsupported_media_type: 'This route does not take that content type.',
  range_not_satisfiable: 'The range lies outside of the file.',
  rate_limited: 'Too many requests.',
  headers_too_large: 'The headers are too large.',
} as const satisfies Partial<Record<ErrorCode, string>>;

type FrameworkRefusal = keyof typeof FRAMEWORK_TEXT;

const BY_FRAMEWORK_CODE: Readonly<Record<string, FrameworkRefusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'invalid_path',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_path',
  FST_ERR_NOT_FOUND: 'not_found',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

const BY_STATUS: Readonly<Record<number, FrameworkRefusal>> = {
  400: 'invalid_body',
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
  416: 'range_not_satisfiable',
  429: 'rate_limited',
  431: 'headers_too_large',
};

function frameworkCode(error: unknown): FrameworkRefusal | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, statusCode } = error as Partial<FastifyError>;
  return BY_FRAMEWORK_CODE[code ?? ''] ?? BY_STATUS[statusCode ?? 0];
}

/** Where errors leave a trace. */
export interface ErrorTrace {
  readonly log: Logger;
  readonly refusals: RefusalTally;
}

/**
 * Sends `error` as the answer. A refusal is counted by its kind; a failure of ours goes to the log with its stack, and to
 * the caller without.
 */
export function sendError(reply: FastifyReply, error: unknown, { log, refusals }: ErrorTrace): FastifyReply {
  if (error instanceof Refusal) refusals.note(error.kind, reply.request.ip);
  const refusal = asAdwStreamError(error);
  if (refusal.code === 'internal') {
    const { method, routeOptions } = reply.request;
    const stack = error instanceof Error ? error.stack : undefined;
    log.report('request_failed', { error: messageOf(error), method, route: routeOptions.url, stack });
  }
  const status = refusal.row.status === 0 ? 500 : refusal.row.status;
  const seconds = refusal.details.retry_after_seconds ?? (status === 503 ? UNAVAILABLE_SECONDS : undefined);
  if (typeof seconds === 'number') reply.header('retry-after', String(Math.max(1, Math.ceil(seconds))));
  return reply.code(status).type('application/json; charset=utf-8').send(errorBody(refusal));
}

/** Gives every refusal of the application the one shape: thrown errors, unknown routes, methods a route does not have. */
export function installErrors(app: FastifyInstance, trace: ErrorTrace): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*' || url === '/*') return;
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const each of [method].flat()) route.methods.add(each);
    routes.set(url, route);
  });
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, trace));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = new Set<string>();
    for (const route of routes.values()) {
      if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
    }
    if (methods.size === 0) return sendError(reply, new AdwStreamError('not_found', noRoute(request)), trace);
    const allow = [...methods].sort().join(', ');
    const text = `${request.method} is not offered here; ${allow} ${methods.size === 1 ? 'is' : 'are'}.`;
    return sendError(reply.header('allow', allow), new AdwStreamError('method_not_allowed', text), trace);
  });
}

/** `/api/v1/adws/:adw_id/artifacts/*` as a regular expression over raw paths. */
function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map(segment =>
      segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${source}$`);
}

function noRoute(request: FastifyRequest): string {
  return `There is nothing at ${request.method} ${(request.url.split('?', 1)[0] ?? '').slice(0, 200)}.`;
}

/**
 * What a connection is refused for by `error`; undefined where its peer broke off, refused our certificate, or has sent
 * nothing: browsers open connections ahead of need.
 */
function refusalOf({ code }: ConnectionError, { bytesRead }: Socket): RefusalKind | undefined {
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'too slow';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return bytesRead > 0 ? 'too slow' : undefined;
  if (code === 'HPE_INVALID_EOF_STATE') return undefined;
  return /^HPE_|^ERR_SSL_(?!.*ALERT)/.test(code) ? 'malformed' : undefined;
}

/** Answers a connection whose bytes are not an HTTP request that we take, then closes it. */
export function answerMalformed(error: ConnectionError, socket: Socket, refusals: RefusalTally): void {
  const kind = refusalOf(error, socket);
  if (kind !== undefined) refusals.note(kind, socket.remoteAddress);
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = tooLarge ? '431 Request Header Fields Too Large' : late ? '408 Request Timeout' : '400 Bad Request';
  const body = JSON.stringify(
    errorBody(
      tooLarge
        ? new AdwStreamError('headers_too_large', FRAMEWORK_TEXT.headers_too_large)
        : new AdwStreamError(
            'invalid_query',
            late ? 'The request did not arrive in time.' : FRAMEWORK_TEXT.invalid_query,
          ),
    ),
  );
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  // Destroyed once written: a peer that never closes its half must not keep the socket.
  socket.end(head + body, () => socket.destroy());
}
