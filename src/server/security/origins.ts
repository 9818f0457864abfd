import { parseHost } from './hosts.ts';

/** What an origin is compared with. */
export interface OriginContext {
  /** The request's `Host` header. */
  readonly host: string | undefined;
  /** Configured origins, such as `https://board.example.org`. */
  readonly allowed: readonly string[];
}

/**
 * Whether a page of `origin` may talk to us. Absent means that no browser is asking (sidecar, Python client, curl).
 * `null`, which sandboxed frames and files send, never may.
 */
export function admitsOrigin(origin: string | undefined, { host, allowed }: OriginContext): boolean {
  if (origin === undefined) return true;
  const url = parseOrigin(origin);
  if (url === undefined) return false;
  if (url.hostname === 'localhost' || url.hostname.endsWith('.localhost')) return true;
  if (isSameHost(url, host)) return true;
  return allowed.some(entry => parseOrigin(entry)?.origin === url.origin);
}

/** The URL of a serialized origin, or undefined where `text` is more, less or something else than one. */
function parseOrigin(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

/** The scheme is left out: behind a proxy that ends TLS the page's is https while ours is http. */
function isSameHost(origin: URL, header: string | undefined): boolean {
  const host = parseHost(header);
  if (host === undefined) return false;
  const name = origin.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const implied = origin.protocol === 'https:' ? '443' : '80';
  return name === host.name && (origin.port || implied) === (host.port || implied);
}
