import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a caller may do; writing includes reading. */
export type Access = 'write' | 'read';

/** The tokens of a server; without any, every client that reaches it may do everything. */
export interface Tokens {
  readonly token?: string | undefined;
  readonly readToken?: string | undefined;
}

/** Characters that a token needs where others reach the server: shorter ones can be found by trying. */
export const TOKEN_CHARACTERS_MIN = 16;

/** Prefix of the WebSocket subprotocol that carries a token, since browsers cannot set headers there. */
const SUBPROTOCOL_PREFIX = 'bearer.';

/** Whether this server asks for a token at all. */
export function asksForToken({ token, readToken }: Tokens): boolean {
  return token !== undefined || readToken !== undefined;
}

/** Every token that a request shows: as bearer header, or as WebSocket subprotocol. */
export function shownTokens(headers: IncomingHttpHeaders): string[] {
  const shown: string[] = [];
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) shown.push(bearer);
  for (const protocol of (headers['sec-websocket-protocol'] ?? '').split(',').map(part => part.trim())) {
    if (!protocol.startsWith(SUBPROTOCOL_PREFIX)) continue;
    const token = protocol.slice(SUBPROTOCOL_PREFIX.length);
    const decoded = decodedOf(token);
    shown.push(...(decoded === token ? [token] : [token, decoded]));
  }
  return shown;
}

/** The most that any of these tokens gives, or undefined where the server knows none of them. */
export function accessOfTokens(shown: readonly string[], tokens: Tokens): Access | undefined {
  const found = new Set(shown.map(token => accessOfToken(token, tokens)));
  return found.has('write') ? 'write' : found.has('read') ? 'read' : undefined;
}

/** What a token gives, or undefined for a wrong one. */
export function accessOfToken(shown: string, { token, readToken }: Tokens): Access | undefined {
  const digest = digestOf(shown);
  // Both are compared, whichever fits: the time it takes tells nothing.
  const writes = token !== undefined && timingSafeEqual(digest, digestOf(token));
  const reads = readToken !== undefined && timingSafeEqual(digest, digestOf(readToken));
  if (writes) return 'write';
  return reads ? 'read' : undefined;
}

/** Says which token gives an access, without saying the token: it changes when the token does. */
export function credentialOf(access: Access, { token, readToken }: Tokens): string {
  const given = access === 'write' ? token : readToken;
  return createHash('sha256')
    .update(`adw-stream credential\0${given ?? ''}`)
    .digest('hex');
}

/** A token that was percent-encoded because it could not be a subprotocol as it is. */
function decodedOf(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

/** Digests have one length, so that comparing them in constant time tells nothing about a token, not even its length. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(`adw-stream token\0${token}`).digest();
}
