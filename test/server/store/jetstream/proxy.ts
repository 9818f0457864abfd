import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

/** A piece of network between a client and a server that can be cut and mended. */
export interface Proxy {
  readonly url: string;
  /** Carries nothing any more, as a pulled cable does: sockets stay open and silent, new ones get no answer. */
  cut(): void;
  /** Carries again, over new connections: what was cut is closed. */
  mend(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port before the server at `target`. */
export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer(client => {
    const upstream = dial(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', bytes => !isCut && to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        if (!isCut) to.destroy();
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
    },
    mend: () => {
      drop();
      isCut = false;
    },
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      drop();
      await closed;
    },
  };
}
