import { messageOf } from '../base/errors.ts';
import type { Endpoint, Link, LinkListener } from './link.ts';
import { createSseParser, type SseEvent } from './sse-parser.ts';
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

  const read = async (asked: SubscribeMessage, signal: AbortSignal) => {
    const { message, epoch } = await begin(endpoint, asked, { fetch, signal });
    if (signal.aborted) return;
    const data = { adw_id: asked.adw_id, status: 'subscribed', epoch, from_seq: message.after };
    listener.message({ type: 'subscription_ack', data }, asked.adw_id);
    const response = await fetch(streamUrl(endpoint, message), { headers: headersOf(endpoint), signal });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const parse = createSseParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const event of parse(decoder.decode(value, { stream: true }))) {
        if (!signal.aborted) deliver(event, { via: asked.adw_id, epoch });
      }
    }
  };

  const deliver = ({ name, data }: SseEvent, { via, epoch }: { via: string; epoch: string }) => {
    const value = JSON.parse(data) as { epoch?: unknown; code?: number; reason?: string };
    if (name === 'close') end(value.code ?? 1006, value.reason ?? '');
    else if (name !== 'message') listener.message({ type: name, data: value }, via);
    else if (value.epoch === epoch) listener.message(value, via);
    else end(1006, 'the log was started anew');
  };

  // Streams come with subscriptions; whether the server is there is known before.
  const arrival = new AbortController();
  headOf(endpoint, { fetch, signal: arrival.signal }).then(
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

/** What `/health` says of the log. */
interface Head {
  readonly adw_stream: { readonly epoch: string };
  readonly store: { readonly last_seq: number };
}

/**
 * Fixes where a stream begins, which SSE does not acknowledge: "from now on" has to be a seq before the first event has
 * come, or a connection that breaks in between would begin at a later now.
 */
async function begin(
  endpoint: Endpoint,
  message: SubscribeMessage,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<{ message: SubscribeMessage & { after: number }; epoch: string }> {
  const { adw_stream, store } = await headOf(endpoint, { fetch, signal });
  const { epoch } = adw_stream;
  const isOurs = message.epoch === undefined || message.epoch === epoch;
  return { message: { ...message, epoch, after: isOurs ? (message.after ?? store.last_seq) : 0 }, epoch };
}

async function headOf(
  endpoint: Endpoint,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<Head> {
  const response = await fetch(`${endpoint.base}/health`, { headers: headersOf(endpoint), signal });
  return (await response.json()) as Head;
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
