import type { FastifyRequest } from 'fastify';
import { SESSION_MS } from './sessions.ts';

/** The session that a request's cookie names, if it has one. */
export function sessionOf(request: FastifyRequest): string | undefined {
  const prefix = `${cookieName(request)}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map(pair => pair.trim());
  return pairs.find(pair => pair.startsWith(prefix))?.slice(prefix.length) || undefined;
}

/**
 * The `Set-Cookie` that gives a browser its session, or with an empty one takes it away. No script reads it, no other site
 * makes the browser send it, and under TLS it never travels without.
 */
export function sessionCookie(
  request: FastifyRequest,
  session: string,
  { secure }: { readonly secure: boolean },
): string {
  const seconds = session === '' ? 0 : SESSION_MS / 1000;
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${seconds}`, ...(secure ? ['Secure'] : [])];
  return [`${cookieName(request)}=${session}`, ...attributes].join('; ');
}

/** Browsers keep cookies by host and not by port: each server of a machine has one of its own. */
function cookieName({ raw }: FastifyRequest): string {
  return `adw_stream_${raw.socket.localPort ?? 0}`;
}
