import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { afterEveryTest } from '../../../setup/after.ts';
import { checkMessage } from '../../../support/documents.ts';

/** Any message of the server. */
export interface Received {
  readonly type: string;
  readonly seq?: number;
  readonly data?: Record<string, unknown>;
  readonly events?: readonly Received[];
  readonly [field: string]: unknown;
}

const clients: Client[] = [];

afterEveryTest(() => {
  for (const client of clients.splice(0)) client.socket.terminate();
});

/** A WebSocket client that keeps what it gets, and with which a test can wait for conditions. */
export class Client {
  readonly socket: WebSocket;
  readonly messages: Received[] = [];
  /** Events of the log, also those in batches; once it has subscribed only those that came after. */
  events: Received[] = [];
  closed: { code: number; reason: string } | undefined;
  #changed: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', data => this.#take(JSON.parse(String(data)) as Received));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#change();
    });
    socket.on('error', () => {});
  }

  /** Connects and waits for the acknowledgement. */
  static async connect(url: string, path = '/ws', options: ClientOptions = {}): Promise<Client> {
    const client = new Client(new WebSocket(`${url}${path}`, { ...options, headers: { 'user-agent': 'a test' } }));
    clients.push(client);
    await client.first('connection_ack');
    return client;
  }

  /** Sends a message, or a string as it is. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Subscribes and waits for the acknowledgement. */
  async subscribe(message: Record<string, unknown>): Promise<Received> {
    const seen = this.of('subscription_ack').length;
    this.send({ type: 'subscribe', ...message });
    await this.until(() => this.of('subscription_ack').length > seen);
    return this.of('subscription_ack')[seen] as Received;
  }

  of(type: string): Received[] {
    return this.messages.filter(message => message.type === type);
  }

  /** The first message of a type, once there is one. */
  async first(type: string): Promise<Received> {
    await this.until(() => this.of(type).length > 0);
    return this.of(type)[0] as Received;
  }

  /** Waits until a condition on what came in is true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed !== undefined) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`);
      await new Promise<void>(resolve => this.#changed.push(resolve));
    }
  }

  /** Waits for the close, and says how it was. */
  async end(): Promise<{ code: number; reason: string }> {
    if (this.closed === undefined) await once(this.socket, 'close');
    return this.closed as { code: number; reason: string };
  }

  seqs(): number[] {
    return this.events.map(event => event.seq as number);
  }

  #take(message: Received): void {
    if (message.type === 'subscription_ack' && this.of('subscription_ack').length === 0) this.events = [];
    this.messages.push(message);
    checkMessage(message);
    if (message.type === 'batch') this.events.push(...(message.events ?? []));
    else if (message.seq !== undefined) this.events.push(message);
    this.#change();
  }

  #change(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
