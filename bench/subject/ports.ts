import { createServer } from 'node:net';

/** Below what Linux gives to outgoing connections (32768): one of those would take a port before its server listens. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
/**
 * More than there are processes that run tests: each has ports of its own, which what it starts shares, so that none takes one
 * while its server is down.
 */
const SHARES = 8;
const SHARE = (HIGHEST - LOWEST) / SHARES;
const given = new Set<number>();

/** A port of the loopback on which no program listens, for a server that has to be told its port. */
export async function freePort(): Promise<number> {
  const nth = Number(process.env.VITEST_POOL_ID ?? 0) % SHARES;
  for (;;) {
    const port = LOWEST + Math.floor((nth + Math.random()) * SHARE);
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
