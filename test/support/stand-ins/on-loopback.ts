import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for a provider's API, which listens on this machine alone. */
export interface StandIn {
  readonly url: string;
  /** Ends it, with all that is connected to it. */
  stop(): Promise<void>;
}

/** Starts one on a free port. @param answer answers each request */
export async function onLoopback(answer: RequestListener): Promise<StandIn> {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
