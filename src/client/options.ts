import { HEARTBEAT_MS } from '../event/limits.ts';
import type { WebSocketConstructor } from './websocket-link.ts';

/** What `connect` takes beside the server's address. Times are ms. */
export interface ClientOptions {
  /** Token of a server that asks for one. */
  readonly token?: string;
  /** Makes WebSockets, where the platform has none (Node 20): that of the package `ws` fits. Without any, SSE serves. */
  readonly WebSocket?: WebSocketConstructor;
  /** The platform's, unless given. */
  readonly fetch?: typeof fetch;
  /** `sse` for where WebSockets are blocked; `auto` takes a WebSocket when there is one. */
  readonly transport?: 'auto' | 'sse';
  /** Ceiling of the first wait before a reconnect, and of every wait; full jitter below it. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  /** Between pings. */
  readonly pingMs?: number;
  /** A connection is given up when a ping stays unanswered, or an attempt unfinished, for this long. */
  readonly answerMsMax?: number;
  /** Between heartbeats of the server; silence of two gives a connection up. */
  readonly heartbeatMs?: number;
  /** Messages that wait for a connection; more drop the oldest, with an `error`. */
  readonly queueMax?: number;
}

/** The options where nothing else is said. */
export const DEFAULTS = {
  backoff: { baseMs: 500, maxMs: 30_000 },
  pingMs: 15_000,
  answerMsMax: 10_000,
  heartbeatMs: HEARTBEAT_MS,
  queueMax: 100,
};
