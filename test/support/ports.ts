import { createServer } from 'node:net';

/** Below what Linux gives to outgoing connections (32768): one of those would take the port before its server listens. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
/** More than there are processes that run tests: each has ports of its own, so that none takes one while its server is down. */
const SHARES = 8;
const SHARE = (HIGHEST - LOWEST) / SHARES;
const given = new Set<number>();

/** A port of the loopback on which nobody listens, for a server that has to be told its port. */
export async function freePort(): Promise<number> {
  for (;;) {
    const nth = Number(process.env.VITEST_POOL_ID ?? 0) % SHARES;
    const port = LOWEST + Math.floor((nth + Math.random()) * SHARE);
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
