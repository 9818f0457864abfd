import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { freePort } from '../ports.ts';
import { type DecodedSpan, decodeJsonStrictly, decodeStrictly, spansOf } from './decode.ts';

/** One request that a collector got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Unpacked. */
  readonly body: Buffer;
  /** Whether its sender was told that it was taken. */
  readonly isAnswered: boolean;
}

/** What a collector does with a request instead of taking it. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array }
  /** It takes the request, and dies before it says so. */
  | 'lose'
  | undefined;

/** A collector that takes OTLP/HTTP, protobuf and JSON, and refuses what is not as the official files say. */
export class Collector {
  readonly received: Received[] = [];
  /** Asked before each request; tests set it. */
  answer: (request: { readonly path: string; readonly headers: IncomingMessage['headers'] }) => Answer = () =>
    undefined;
  #server = this.#listener();
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    this.#server = this.#listener();
    // Also after a kill it is where it was: no other program is given that port meanwhile.
    this.#port ||= await freePort();
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  /** Spans of all requests that were taken, each request once: the same bytes again are the same request. */
  spans(): DecodedSpan[] {
    const bodies = new Map(
      this.received.filter(({ path }) => path.endsWith('/v1/traces')).map(one => [keyOf(one), one]),
    );
    return [...bodies.values()].flatMap(one => spansOf(decoded(one)));
  }

  /** What each request of a signal says, in the names of the official files. */
  requests(signal: 'traces' | 'metrics'): Record<string, unknown>[] {
    return this.received.filter(({ path }) => path.endsWith(`/v1/${signal}`)).map(decoded);
  }

  #listener() {
    return createServer((request, response) => {
      void this.#take(request, response);
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await buffer(request).catch(() => undefined);
    // Its sender was killed in the middle of it.
    if (raw === undefined) return;
    const { headers, url: path = '' } = request;
    const answer = this.answer({ path, headers });
    if (answer !== undefined && answer !== 'lose') {
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const received: Received = { path, headers, body, isAnswered: answer === undefined };
    try {
      decoded(received);
    } catch (error) {
      response.writeHead(400).end(String(error));
      return;
    }
    this.received.push(received);
    if (answer === 'lose') request.socket.destroy();
    else response.writeHead(200, { 'content-type': headers['content-type'] }).end();
  }
}

const keyOf = ({ body }: Received) => body.toString('base64');

function decoded({ path, headers, body }: Received): Record<string, unknown> {
  const signal = path.endsWith('/v1/metrics') ? 'metrics' : 'traces';
  return headers['content-type'] === 'application/json'
    ? decodeJsonStrictly(signal, body)
    : decodeStrictly(signal, body);
}
