import { messageOf } from '../base/errors.ts';
import { sseEventsIn } from './body.ts';
import type { Endpoint, Link, LinkListener } from './link.ts';
import type { SseEvent } from './sse-parser.ts';
import type { SubscribeMessage } from './subscriptions.ts';

/**
 * The way without a WebSocket (Node 20 has none of its own): one `GET /api/v1/stream` for each subscription, read with
 * `fetch`. What one stream loses, all lose: the link closes, and the client opens another and resumes.
 */
export function openSse(endpoint: Endpoint, fetch: typeof globalThis.fetch, listener: LinkListener): Link {
  const streams = new Map<string, AbortController>();
  let gone = false;
  const letGo = () => {
    gone = true;
    arrival.abort();
    for (const stream of streams.values()) stream.abort();
    streams.clear();
  };
  const end = (code: number, reason: string) => {
    if (gone) return;
    letGo();
    listener.closed(code, reason);
  };

  const read = async (message: SubscribeMessage, signal: AbortSignal) => {
    const response = await fetch(streamUrl(endpoint, message), { headers: headersOf(endpoint), signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    for await (const event of sseEventsIn(response.body)) if (!signal.aborted) deliver(event, message.adw_id);
  };

  /** Events of the log have no name; control messages, the acknowledgement among them, travel as named ones. */
  const deliver = ({ name, data }: SseEvent, via: string) => {
    const value = JSON.parse(data) as { code?: number; reason?: string };
    if (name === 'close') end(value.code ?? 1006, value.reason ?? '');
    else listener.message(name === 'message' ? value : { type: name, data: value }, via);
  };

  // Streams come with subscriptions; whether the server is there is known before.
  const arrival = new AbortController();
  fetch(`${endpoint.base}/health`, { headers: headersOf(endpoint), signal: arrival.signal })
    .then(response => response.arrayBuffer())
    .then(
      () => gone || listener.opened(),
      error => end(1006, messageOf(error)),
    );
  return {
    canSend: false,
    subscribe(message) {
      streams.get(message.adw_id)?.abort();
      const stream = new AbortController();
      streams.set(message.adw_id, stream);
      read(message, stream.signal).then(
        () => stream.signal.aborted || end(1006, 'the stream ended'),
        error => stream.signal.aborted || end(1006, messageOf(error)),
      );
    },
    unsubscribe(adwId) {
      streams.get(adwId)?.abort();
      streams.delete(adwId);
    },
    send() {},
    close: letGo,
  };
}

function streamUrl({ base }: Endpoint, { adw_id, after, epoch, types }: SubscribeMessage): string {
  const query = new URLSearchParams({ adw_id });
  if (after !== undefined) query.set('after', String(after));
  if (epoch !== undefined) query.set('epoch', epoch);
  if (types !== undefined) query.set('types', types.join(','));
  return `${base}/api/v1/stream?${query}`;
}

/** How a token travels over HTTP. */
export function headersOf({ token }: Endpoint): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
