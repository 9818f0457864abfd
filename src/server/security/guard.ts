import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type IdFormat, isAdwId, requireAdwId, shapeOfId } from '../../adw/id.ts';
import { AdwStreamError } from '../../base/errors.ts';
import { Refusal, type RefusalTally } from '../../base/refusal.ts';
import type { CountWrongToken } from './flood.ts';
import { admitsHost, parseHost } from './hosts.ts';
import { admitsOrigin, isSameOrigin } from './origins.ts';
import { forbiddenPage } from './pages.ts';
import { sessionOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import { type Access, accessOfTokens, asksForToken, shownTokens, type Tokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller may do; set before any handler runs. */
    access: Access;
  }
  interface FastifyContextConfig {
    /** A route that asks for no token: the login form and the health check. */
    public?: boolean;
    /** A page that a person may come to by a link of another site. */
    page?: boolean;
    /** A route that pages of other origins may not use, admitted ones included: the native ingest. */
    ownOrigin?: boolean;
    /** A route of the reference, which words its refusal of an id in its own way. */
    referenceIdText?: boolean;
  }
}

/** Which requests the server lets in. */
export interface GuardOptions extends Tokens {
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly idFormat: IdFormat;
}

/** What the checks of access need beside the options. */
export interface AccessCheckOptions extends GuardOptions {
  readonly sessions: Sessions;
  readonly countWrongToken: CountWrongToken;
}

/** Content types that no browser sends across origins without asking first (CORS preflight). */
const PREFLIGHTED_TYPES = ['application/json', 'application/x-ndjson'];

/**
 * Refuses a request that names another host, or that comes from another page than the server's own and the admitted ones,
 * before anything else sees it. Runs for every route, WebSocket upgrades and unknown routes among them.
 */
export function installNameChecks(
  app: FastifyInstance,
  { allowHosts, allowOrigins, refusals }: GuardOptions & { readonly refusals: RefusalTally },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { host, origin } = request.headers;
    if (host === undefined) {
      throw new Refusal('malformed', { code: 'invalid_query', message: 'A request names its host.' });
    } else if (!admitsHost(host, allowHosts)) {
      refuseName(
        { request, reply, refusals },
        {
          kind: 'foreign name',
          code: 'forbidden_host',
          reason: `This server does not answer to the name ${quoted(host)}.`,
          flag: `--allow-host ${parseHost(host)?.name ?? '<name>'}`,
        },
      );
    } else if (!admitsOrigin(origin, { host, allowed: allowOrigins })) {
      refuseName(
        { request, reply, refusals },
        {
          kind: 'foreign page',
          code: 'forbidden_origin',
          reason: `This server does not talk to pages of ${quoted(origin)}.`,
          flag: `--allow-origin ${origin ?? '<origin>'}`,
        },
      );
    } else if (origin === undefined && isHiddenCrossSite(request)) {
      throw foreignPage('Another site asked for this, without saying which.');
    } else if (request.routeOptions.config.ownOrigin && origin !== undefined && !isSameOrigin(origin, host)) {
      throw foreignPage('Pages of other origins may not deliver here.');
    } else {
      done();
    }
  });
}

/**
 * Whether a browser says that another site asks, while it sends no origin: an image, a script, a form that reads. A
 * person who follows a link to a page of ours is let through: what the browser then shows belongs to no other site.
 */
function isHiddenCrossSite({ method, headers, routeOptions }: FastifyRequest): boolean {
  if (headers['sec-fetch-site'] !== 'cross-site') return false;
  const navigates = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return !(navigates && method === 'GET' && routeOptions.config.page === true);
}

/**
 * Refuses a request without a token or session that gives the access its method needs, what a foreign page could post
 * without asking first, and ids that are none: every route that names an ADW in its path calls the parameter `id` or
 * `adw_id`.
 */
export function installAccessChecks(app: FastifyInstance, options: AccessCheckOptions): void {
  app.decorateRequest('access', 'read');
  app.addHook('onRequest', async (request, reply) => {
    const access = await accessOf(request, options);
    request.access = access ?? 'read';
    if (request.routeOptions.config.public) return;
    if (access === undefined) return refuseStranger(request, reply);
    const reads = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    if (!reads && access !== 'write') {
      throw new Refusal('read token', { code: 'unauthorized', message: 'This token may read and not write.' });
    }
    if (!reads) refuseSimplePost(request);
    refuseBadId(request, options.idFormat);
  });
}

/** What the caller may do, by the best of what it shows; undefined where that is nothing the server knows. */
async function accessOf(request: FastifyRequest, options: AccessCheckOptions): Promise<Access | undefined> {
  if (!asksForToken(options)) return 'write';
  const shown = shownTokens(request.headers);
  const byToken = accessOfTokens(shown, options);
  if (byToken === 'write') return byToken;
  const session = sessionOf(request);
  const bySession = session === undefined ? undefined : await options.sessions.accessOf(session, request.raw.socket);
  if (byToken === undefined && bySession === undefined && shown.length > 0) await options.countWrongToken(request);
  return bySession ?? byToken;
}

interface NameRefusal {
  readonly kind: 'foreign name' | 'foreign page';
  readonly code: 'forbidden_host' | 'forbidden_origin';
  readonly reason: string;
  readonly flag: string;
}

interface RefusedCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly refusals: RefusalTally;
}

function refuseName({ request, reply, refusals }: RefusedCall, { kind, code, reason, flag }: NameRefusal): void {
  if (!wantsPage(request)) throw new Refusal(kind, { code, message: `${reason} Add it with ${flag}.` });
  refusals.note(kind, request.ip);
  reply.code(403).type('text/html; charset=utf-8').send(forbiddenPage(reason, flag));
}

function foreignPage(message: string): Refusal {
  return new Refusal('foreign page', { code: 'forbidden_origin', message });
}

function refuseStranger(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (wantsPage(request)) return reply.redirect('/login', 303);
  reply.header('www-authenticate', 'Bearer realm="adw-stream"');
  const words = { code: 'unauthorized', message: 'A token is needed: Authorization: Bearer <token>.' } as const;
  // A wrong one has been counted already.
  if (shownTokens(request.headers).length > 0) throw new AdwStreamError(words.code, words.message);
  throw new Refusal('no token', words);
}

/** Whether a person's browser is navigating, to which JSON would say nothing. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.upgrade === undefined && (headers.accept ?? '').includes('text/html');
}

/** A page can make a browser post a form or plain text anywhere, cookies included; not JSON. PUT always asks first. */
function refuseSimplePost({ method, headers }: FastifyRequest): void {
  const fromBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if (method !== 'POST' || !fromBrowser) return;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!PREFLIGHTED_TYPES.includes(type)) {
    const message = 'A POST from a browser must be application/json.';
    throw new Refusal('form post', { code: 'unsupported_media_type', message });
  }
}

function refuseBadId({ params, routeOptions }: FastifyRequest, format: IdFormat): void {
  const named = (params ?? {}) as { id?: string; adw_id?: string };
  if (!('id' in named || 'adw_id' in named)) return;
  const id = named.id ?? named.adw_id;
  if (routeOptions.config.referenceIdText && !isAdwId(id, format)) {
    const text = `Invalid ADW ID format: ${String(id).slice(0, 64)}. Expected 8-character identifier.`;
    throw new AdwStreamError('invalid_adw_id', text, { details: { hint: shapeOfId(id, format) } });
  }
  requireAdwId(id, format);
}

function quoted(name: string | undefined): string {
  return JSON.stringify((name ?? '').slice(0, 253));
}
