import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type IdFormat, isAdwId, requireAdwId } from '../../adw/id.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { admitsHost, parseHost } from './hosts.ts';
import { admitsOrigin } from './origins.ts';
import { forbiddenPage } from './pages.ts';
import { type Access, accessOf, type Tokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller may do; set before any handler runs. */
    access: Access;
  }
  interface FastifyContextConfig {
    /** A route that asks for no token: the login form and the health check. */
    public?: boolean;
    /** A route of the reference, which words its refusal of an id in its own way. */
    referenceIdText?: boolean;
  }
}

/** Whom the server lets in. */
export interface GuardOptions extends Tokens {
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly idFormat: IdFormat;
}

/** Content types that no browser sends across origins without asking first (CORS preflight). */
const PREFLIGHTED_TYPES = ['application/json', 'application/x-ndjson'];

/**
 * Refuses who comes by a name that is not ours or from a page that is not a friend's, before anything else looks at
 * the request. Runs for every route, WebSocket upgrades and unknown routes among them.
 */
export function installNameChecks(app: FastifyInstance, { allowHosts, allowOrigins }: GuardOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { host, origin } = request.headers;
    if (!admitsHost(host, allowHosts)) {
      refuseName(request, reply, {
        code: 'forbidden_host',
        reason: `This server does not answer to the name ${quoted(host)}.`,
        flag: `--allow-host ${parseHost(host)?.name ?? '<name>'}`,
      });
    } else if (!admitsOrigin(origin, { host, allowed: allowOrigins })) {
      refuseName(request, reply, {
        code: 'forbidden_origin',
        reason: `This server does not talk to pages of ${quoted(origin)}.`,
        flag: `--allow-origin ${origin ?? '<origin>'}`,
      });
    } else {
      done();
    }
  });
}

/**
 * Refuses who shows no token that gives the access the method needs, what a foreign page could post without asking
 * first, and ids that are none: every route that names an ADW in its path calls the parameter `id` or `adw_id`.
 */
export function installAccessChecks(app: FastifyInstance, { idFormat, ...tokens }: GuardOptions): void {
  app.decorateRequest('access', 'read');
  app.addHook('onRequest', (request, reply, done) => {
    const access = accessOf(request.headers, tokens);
    request.access = access ?? 'read';
    if (request.routeOptions.config.public) return done();
    if (access === undefined) return refuseStranger(request, reply);
    const reads = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    if (!reads && access !== 'write') {
      throw new AdwStreamError('unauthorized', 'This token may read and not write.');
    }
    if (!reads) refuseSimplePost(request);
    refuseBadId(request, idFormat);
    done();
  });
}

interface NameRefusal {
  readonly code: 'forbidden_host' | 'forbidden_origin';
  readonly reason: string;
  readonly flag: string;
}

function refuseName(request: FastifyRequest, reply: FastifyReply, { code, reason, flag }: NameRefusal): void {
  if (!wantsPage(request)) throw new AdwStreamError(code, `${reason} Add it with ${flag}.`);
  reply.code(403).type('text/html; charset=utf-8').send(forbiddenPage(reason, flag));
}

function refuseStranger(request: FastifyRequest, reply: FastifyReply): void {
  if (wantsPage(request)) return void reply.redirect('/login', 303);
  reply.header('www-authenticate', 'Bearer realm="adw-stream"');
  throw new AdwStreamError('unauthorized', 'A token is needed: Authorization: Bearer <token>.');
}

/** Whether a person's browser is navigating, to whom JSON would say nothing. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.upgrade === undefined && (headers.accept ?? '').includes('text/html');
}

/** A page can make a browser post a form or plain text anywhere, cookies included; not JSON. PUT always asks first. */
function refuseSimplePost({ method, headers }: FastifyRequest): void {
  const fromBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if (method !== 'POST' || !fromBrowser) return;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!PREFLIGHTED_TYPES.includes(type)) {
    throw new AdwStreamError('unsupported_media_type', 'A POST from a browser must be application/json.');
  }
}

function refuseBadId({ params, routeOptions }: FastifyRequest, format: IdFormat): void {
  const named = (params ?? {}) as { id?: string; adw_id?: string };
  if (!('id' in named || 'adw_id' in named)) return;
  const id = named.id ?? named.adw_id;
  if (routeOptions.config.referenceIdText && !isAdwId(id, format)) {
    const text = `Invalid ADW ID format: ${String(id).slice(0, 64)}. Expected 8-character identifier.`;
    throw new AdwStreamError('invalid_adw_id', text);
  }
  requireAdwId(id, format);
}

function quoted(name: string | undefined): string {
  return JSON.stringify((name ?? '').slice(0, 253));
}
