import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as the server got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the server says to one request; `hang-up` closes the connection without a word. */
export type Reply =
  | 'hang-up'
  | {
      readonly status: number;
      readonly body?: unknown;
      /** Instead of a body of JSON. */
      readonly text?: string;
      readonly headers?: Record<string, string>;
    };

/**
 * How long a delivery goes on that is to give up, ms: so long that a slow moment keeps no answer from coming in time, which would end
 * it as one that is not reached and not as one that is refused.
 */
export const GIVEN_UP_MS = 1_500;

/** A server that answers by a script, for answers that a real one gives too rarely to wait for. */
export async function startScriptedServer(
  reply: (request: Received, n: number) => Reply,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = '', url: path = '', headers } = incoming;
    const body = await text(incoming).catch(() => undefined);
    // Its sender went away in the middle of it.
    if (body === undefined) return;
    const request = { method, path, headers, body };
    received.push(request);
    const answer = reply(request, received.length);
    if (answer === 'hang-up') incoming.socket.destroy();
    else {
      outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      outgoing.end(answer.text ?? JSON.stringify(answer.body ?? {}));
    }
  };
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
