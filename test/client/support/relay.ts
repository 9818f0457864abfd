import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server that moves and breaks: the address stays, and a test can make it swallow everything. */
export class Relay {
  /** Where connections go. */
  target = 0;
  readonly url: string;
  readonly #sockets: Set<Socket>;

  private constructor(port: number, sockets: Set<Socket>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#sockets = sockets;
  }

  static async start(): Promise<Relay> {
    const sockets = new Set<Socket>();
    const server = createServer(inner => {
      const outer = connect(relay.target, '127.0.0.1');
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        sockets.add(from);
        from.on('error', () => {});
        from.on('close', () => {
          sockets.delete(from);
          if (!from.isPaused()) to.destroy();
        });
        from.pipe(to);
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new Relay((server.address() as AddressInfo).port, sockets);
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return relay;
  }

  /** Lets every connection of now hang, as when a cable is pulled: neither side is told, nothing comes through any more. */
  swallow(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }
}
