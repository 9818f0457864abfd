/// <reference path="./undici.d.ts" />
import api from 'undici/lib/api/index.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';

// The package's own entry does the same after it has loaded fetch, WebSocket, caches and mocks: 0.2 s of a command's start.
Object.assign(Dispatcher.prototype, api);

/** How long an idle connection is kept, ms: uvicorn, which a reference server runs on, closes its own after five seconds. */
const IDLE_MS_MAX = 4_000;
/** How long a connection may take to be made, ms. */
const CONNECT_MS_MAX = 10_000;
/** Bytes of an answer. Prevents a server that never ends one from filling memory. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/** Environment variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What {@link dispatcherTo} takes. */
export interface DispatcherOptions {
  /** Most connections at a time; more requests wait for one. */
  readonly connections: number;
  /** How long to keep trying a server that cannot be reached, ms. */
  readonly timeoutMs: number;
  /** May name a proxy (`HTTP_PROXY`, `HTTPS_PROXY`) and what is reached without (`NO_PROXY`), in small letters too. */
  readonly env: Environment;
}

/**
 * What sends requests to one server, over a few kept connections, one request at a time on each: directly, or through the
 * proxy that the environment names. This machine's own servers are never asked for through a proxy.
 */
export function dispatcherTo(url: URL, { connections, timeoutMs, env }: DispatcherOptions): Dispatcher {
  const options = {
    connections,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS_MAX,
    keepAliveMaxTimeout: IDLE_MS_MAX,
    maxResponseSize: ANSWER_BYTES_MAX,
    connect: { timeout: Math.min(CONNECT_MS_MAX, timeoutMs) },
  };
  const proxies = proxiesOf(env);
  if (proxies === undefined || isLoopback(url.hostname)) return new Pool(url.origin, options);
  // Many proxies tunnel to TLS ports alone (Squid's SSL_ports): plain HTTP is asked of the proxy itself.
  return new EnvHttpProxyAgent({ ...options, ...proxies, proxyTunnel: false });
}

function proxiesOf(env: Environment) {
  const named = (name: string) => (env[name] ?? env[name.toUpperCase()]) || undefined;
  const [httpProxy, httpsProxy, noProxy = ''] = [named('http_proxy'), named('https_proxy'), named('no_proxy')];
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  return { httpProxy: httpProxy ?? '', httpsProxy: httpsProxy ?? '', noProxy };
}

/** Whether a URL's host is this machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\./.test(hostname) || hostname === '[::1]';
}
