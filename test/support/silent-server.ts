import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that takes connections and never says a word. */
export async function startSilentServer(): Promise<{ readonly server: Server; readonly port: number }> {
  // A client that goes away in the middle of a request may reset the connection.
  const server = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}
