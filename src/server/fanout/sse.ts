import type { ServerResponse } from 'node:http';
import type { Transport } from './socket-writer.ts';

/** Control messages travel as named events, so that `onmessage` of an EventSource sees events of the log only. */
export function sseTransport(response: ServerResponse): Transport {
  const named = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  return {
    stream: response,
    isOpen: () => !response.writableEnded && !response.destroyed,
    message: ({ type, data }) => {
      // With an id, a browser whose connection breaks before an event came still resumes where it began.
      const id = type === 'subscription_ack' ? `id: ${data.epoch}:${data.from_seq}\n` : '';
      return Buffer.from(id + named(type, data));
    },
    close: ({ code }, reason) => void response.end(named('close', { code, reason })),
    // A response that waits behind another one has no socket of its own to destroy; one that is out has let go of it.
    destroy: () => {
      if (!response.writableFinished) response.req.socket.destroy();
    },
  };
}
