import { createServer } from 'node:net';

/** Below what Linux gives to outgoing connections (32768): one of those would take a port before its server listens. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
const given = new Set<number>();

/** A port that no program listens on, for a server that has to be told its port. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
