import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does with one request. `answer-lost`: the server takes it, and the connection dies before its answer. */
export type Fault = 'pass' | 'error-500' | 'too-many-429' | 'reset' | 'answer-lost' | 'slow';

/** A proxy that stands between a sidecar and a real server and goes wrong on demand. */
export interface FaultProxy {
  readonly url: string;
  /** Faults of the next requests, in order; afterwards everything passes. */
  readonly faults: Fault[];
  /** Where requests go; the server may come back on another port. */
  target: string;
  close(): Promise<void>;
}

/** Starts a proxy on a free port. @param slowMs how long a slow request is held */
export async function startFaultProxy(target: string, { slowMs = 30 } = {}): Promise<FaultProxy> {
  const faults: Fault[] = [];
  const proxy = { target, faults };
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing, { fault: faults.shift() ?? 'pass', target: proxy.target, slowMs });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closed(server),
  });
}

async function handle(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { fault, target, slowMs }: { fault: Fault; target: string; slowMs: number },
): Promise<void> {
  const body = await bodyOf(incoming).catch(() => undefined);
  if (body === undefined) return;
  if (fault === 'reset') return void incoming.socket.destroy();
  if (fault === 'error-500') return void outgoing.writeHead(500).end('{"error":"injected"}');
  if (fault === 'too-many-429') return void outgoing.writeHead(429, { 'retry-after': '0' }).end('{"error":"injected"}');
  if (fault === 'slow') await new Promise(resolve => setTimeout(resolve, slowMs));
  const forwarded = httpRequest(target + incoming.url, {
    method: incoming.method,
    headers: incoming.headers,
    agent: false,
  });
  forwarded.on('error', () => incoming.socket.destroy());
  forwarded.on('response', async answer => {
    const answerBody = await bodyOf(answer).catch(() => undefined);
    if (answerBody === undefined || fault === 'answer-lost') return void incoming.socket.destroy();
    const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': answerBody.length }).end(answerBody);
  });
  forwarded.end(body);
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
