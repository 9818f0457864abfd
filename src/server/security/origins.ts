import { parseHost } from './hosts.ts';

/** What an origin is compared with. */
export interface OriginContext {
  /** The request's `Host` header. */
  readonly host: string | undefined;
  /** Configured origins, such as `https://board.example.org`. */
  readonly allowed: readonly string[];
}

/** Ports that the reference's board is served on: its own, and those that its worktrees get. */
const BOARD_PORT_FIRST = 9200;
const BOARD_PORT_LAST = 9214;

/**
 * Whether a page of `origin` may talk to the server: a page of its own, the reference's board, or a configured one. A
 * request without an origin comes from a program (sidecar, Python client, curl). `null`, which sandboxed frames and files
 * send, is never admitted. Other pages of this machine are not either: every program that runs on it can serve pages.
 */
export function admitsOrigin(origin: string | undefined, { host, allowed }: OriginContext): boolean {
  if (origin === undefined || isSameOrigin(origin, host)) return true;
  const url = parseOrigin(origin);
  if (url === undefined) return false;
  return isBoard(url) || allowed.some(entry => parseOrigin(entry)?.origin === url.origin);
}

/** Whether `origin` is the host that is asked. The scheme may differ: a proxy that ends TLS makes the page's https. */
export function isSameOrigin(origin: string, header: string | undefined): boolean {
  const url = parseOrigin(origin);
  const host = parseHost(header);
  if (url === undefined || host === undefined) return false;
  const name = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const implied = url.protocol === 'https:' ? '443' : '80';
  return name === host.name && (url.port || implied) === (host.port || implied);
}

/** The reference's board: `http://localhost:9200` to `9214`, or `*.localhost` behind its Caddy, without a port. */
function isBoard({ protocol, hostname, port }: URL): boolean {
  if (hostname.endsWith('.localhost')) return port === '';
  const number = Number(port);
  return protocol === 'http:' && hostname === 'localhost' && number >= BOARD_PORT_FIRST && number <= BOARD_PORT_LAST;
}

/** The URL of a serialized origin, or undefined where `text` is more, less or something else than one. */
function parseOrigin(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}
