import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for a provider's API, which listens on this machine alone. */
export interface StandIn {
  readonly url: string;
  /** Ends it, with all that is connected to it. */
  stop(): Promise<void>;
}

/** Starts one on a free port. @param answer answers each request */
export async function onLoopback(
  answer: (...exchange: Parameters<RequestListener>) => Promise<void>,
): Promise<StandIn> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A program that was killed in the middle of its request wants no answer.
      if (request.complete) throw error;
    });
  });
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
