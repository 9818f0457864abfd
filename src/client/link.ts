import { AdwStreamError } from '../base/errors.ts';
import { isSendable } from '../event/token.ts';
import type { SubscribeMessage } from './subscriptions.ts';

/** Any message of a client, as it travels. */
export interface OutgoingMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What one connection reports, each at most once but for `message`. Nothing is called after `closed`. */
export interface LinkListener {
  opened(): void;
  /** @param via the subscription whose stream carried it, where each has its own */
  message(message: unknown, via?: string): void;
  /** @param code a WebSocket close code; 1006 when it just broke */
  closed(code: number, reason: string): void;
}

/** One connection to a server, by WebSocket or SSE. It does not come back: the client opens another. */
export interface Link {
  /** Whether pings, and messages beside subscriptions, can be sent. */
  readonly canSend: boolean;
  subscribe(message: SubscribeMessage): void;
  unsubscribe(adwId: string): void;
  send(message: OutgoingMessage): void;
  /** Closes it. The listener is not called any more. */
  close(): void;
}

/** Where a server is. */
export interface Endpoint {
  /** `http:` or `https:`, without a trailing slash. */
  readonly base: string;
  readonly token: string | undefined;
}

/** Makes an endpoint of what a person gives: `http(s)://host:port`, or `ws(s)://` of the same. */
export function endpointOf(url: string | URL, token: string | undefined): Endpoint {
  if (token !== undefined && !isSendable(token)) {
    throw new AdwStreamError('invalid_option', 'The token holds white space or characters that no HTTP header can.');
  }
  const { protocol, host, pathname } = new URL(url);
  const secure = protocol === 'https:' || protocol === 'wss:';
  const path = pathname.replace(/\/ws(\/trigger)?\/?$/, '').replace(/\/+$/, '');
  return { base: `${secure ? 'https' : 'http'}://${host}${path}`, token };
}
