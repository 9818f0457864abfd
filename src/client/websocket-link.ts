import type { Endpoint, Link, LinkListener } from './link.ts';
import { isPage } from './platform.ts';

/** The part of the platform's WebSocket that is used; that of the package `ws` fits too. */
export interface WebSocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void;
}

/** What its events may carry. */
export interface WebSocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

/** Makes a WebSocket. */
export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

/** Values of `readyState`. */
const CONNECTING = 0;
const OPEN = 1;
/** Name of our protocol, offered beside the token: a server has to choose one, and that must not be the token. */
const PROTOCOL = 'adw-stream.v1';

/** What a subprotocol may be made of (RFC 9110's token). */
const PROTOCOL_CHARS = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** The subprotocol that shows a token: as it is where it may be one, else percent-encoded. */
function protocolOf(token: string): string {
  if (PROTOCOL_CHARS.test(token)) return `bearer.${token}`;
  return `bearer.${encodeURIComponent(token).replaceAll('(', '%28').replaceAll(')', '%29')}`;
}

/** Connects to `/ws`. The token travels as a subprotocol, because browsers cannot set headers there. */
export function openWebSocket(
  { base, token }: Endpoint,
  WebSocket: WebSocketConstructor,
  listener: LinkListener,
): Link {
  const url = `${base.replace(/^http/, 'ws')}/ws`;
  const socket = token === undefined ? new WebSocket(url) : new WebSocket(url, [PROTOCOL, protocolOf(token)]);
  let gone = false;
  const end = (code: number, reason: string) => {
    if (gone) return;
    gone = true;
    listener.closed(code, reason);
  };
  socket.addEventListener('open', () => {
    if (gone) socket.close(1000);
    else listener.opened();
  });
  socket.addEventListener('message', ({ data }) => {
    if (!gone && typeof data === 'string') listener.message(parsed(data));
  });
  socket.addEventListener('close', ({ code, reason }) => end(code ?? 1006, reason ?? ''));
  // Says nothing that `close` does not; without a listener `ws` throws it.
  socket.addEventListener('error', () => {});
  const send = (message: object) => {
    if (socket.readyState === OPEN) socket.send(JSON.stringify(message));
  };
  return {
    canSend: true,
    subscribe: send,
    unsubscribe: adwId => send({ type: 'unsubscribe', adw_id: adwId }),
    send,
    close() {
      gone = true;
      // A browser complains in its console of one that is closed before it is open. Elsewhere it would keep a program waiting.
      if (socket.readyState !== CONNECTING || !isPage()) socket.close(1000);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
