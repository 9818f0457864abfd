import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a caller may do; who may write may read. */
export type Access = 'write' | 'read';

/** The tokens of a server; without any, everybody who reaches it may do everything. */
export interface Tokens {
  readonly token?: string | undefined;
  readonly readToken?: string | undefined;
}

/** Name of the cookie that the login form sets. */
export const COOKIE_NAME = 'adw_stream';

/** Prefix of the WebSocket subprotocol that carries a token, since browsers cannot set headers there. */
const SUBPROTOCOL_PREFIX = 'bearer.';

/** What the caller of a request may do, or undefined when it shows no token that we know. */
export function accessOf(headers: IncomingHttpHeaders, tokens: Tokens): Access | undefined {
  if (tokens.token === undefined && tokens.readToken === undefined) return 'write';
  let best: Access | undefined;
  for (const digest of shownDigests(headers)) {
    const access = accessOfDigest(digest, tokens);
    if (access === 'write') return access;
    best ??= access;
  }
  return best;
}

/** What a token typed into the login form gives, or undefined for a wrong one. */
export function accessOfToken(token: string, tokens: Tokens): Access | undefined {
  return accessOfDigest(digestOf(token), tokens);
}

/** The cookie's value for a token: its digest, so that a cookie that leaks does not give the token away. */
export function cookieValue(token: string): string {
  return digestOf(token).toString('base64url');
}

/** Digests of every token that a request shows: bearer header, WebSocket subprotocol, cookie. */
function shownDigests(headers: IncomingHttpHeaders): Buffer[] {
  const digests: Buffer[] = [];
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) digests.push(digestOf(bearer));
  for (const protocol of (headers['sec-websocket-protocol'] ?? '').split(',').map(part => part.trim())) {
    if (!protocol.startsWith(SUBPROTOCOL_PREFIX)) continue;
    const token = protocol.slice(SUBPROTOCOL_PREFIX.length);
    digests.push(digestOf(token));
    const decoded = decodedOf(token);
    if (decoded !== token) digests.push(digestOf(decoded));
  }
  for (const pair of (headers.cookie ?? '').split(';').map(part => part.trim())) {
    if (pair.startsWith(`${COOKIE_NAME}=`)) digests.push(Buffer.from(pair.slice(COOKIE_NAME.length + 1), 'base64url'));
  }
  return digests;
}

/** A token that was percent-encoded because it could not be a subprotocol as it is. */
function decodedOf(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function accessOfDigest(digest: Buffer, { token, readToken }: Tokens): Access | undefined {
  const writes = token !== undefined && sameDigest(digest, digestOf(token));
  const reads = readToken !== undefined && sameDigest(digest, digestOf(readToken));
  if (writes) return 'write';
  return reads ? 'read' : undefined;
}

/** Digests have one length, so that comparing them in constant time tells nothing about a token, not even its length. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(`adw-stream token\0${token}`).digest();
}

function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
