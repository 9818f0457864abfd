import { createServer } from 'node:net';

/** Below what Linux gives to outgoing connections (32768): one of those would take the port before its server listens. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
const given = new Set<number>();

/** A port of the loopback on which nobody listens, for a server that has to be told its port. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise<boolean>(resolve => {
      server.once('listening', () => resolve(true));
      server.once('error', () => resolve(false));
    });
    await new Promise<void>(resolve => server.close(() => resolve()));
    if (isFree) return port;
  }
}
