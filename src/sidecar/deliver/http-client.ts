import { connect, isIP, type Socket } from 'node:net';
import { HTTPParser } from 'http-parser-js';

/** Bytes of an answer. Prevents a server that never ends one from filling memory. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

/** What {@link HttpClient} takes. */
export interface HttpClientOptions {
  /** The server; http or https. */
  readonly url: URL;
  /** Most connections at a time; more requests wait for one. */
  readonly connections: number;
  /** How long a connection is kept that nothing is asked on, ms. */
  readonly idleMsMax: number;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  /** How long nothing may come from the server, ms. */
  readonly answerMsMax: number;
}

/** A complete answer. */
export interface HttpAnswer {
  readonly status: number;
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * HTTP/1.1 over a few kept connections, one request at a time on each. A watch sends a small request for every line, and
 * Node's client makes a dozen objects and streams for each: a third of all that such a line costs. What is difficult about
 * HTTP, to read answers, is http-parser-js's; what is left is a socket. Redirects and proxies are not followed.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #dial: Promise<() => Socket>;
  #isClosed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#dial = dialOf(options.url);
  }

  /** @throws the socket's error, or what is wrong with the answer or was never answered; it may have been taken all the same */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const head = headOf(request, this.#options.url.host);
    const connection = this.#idle.pop() ?? (await this.#connection());
    try {
      return await connection.exchange(head, request);
    } finally {
      this.#giveBack(connection);
    }
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open) connection.close();
    this.#next();
  }

  async #connection(): Promise<Connection> {
    const dial = await this.#dial;
    while (!this.#isClosed) {
      const idle = this.#idle.pop();
      if (idle) return idle;
      if (this.#open.size < this.#options.connections) return this.#connect(dial());
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
    throw new Error('the client is closed');
  }

  #connect(socket: Socket): Connection {
    const connection = new Connection(socket, this.#options.idleMsMax, () => {
      this.#open.delete(connection);
      const at = this.#idle.indexOf(connection);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#next();
    });
    this.#open.add(connection);
    return connection;
  }

  #giveBack(connection: Connection): void {
    if (!connection.isOpen) return;
    this.#idle.push(connection);
    connection.rest();
    this.#next();
  }

  #next(): void {
    if (this.#isClosed) for (const resolve of this.#waiting.splice(0)) resolve();
    else this.#waiting.shift()?.();
  }
}

/** A request that has not been answered yet, and what has come of its answer. */
interface Exchange {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly answerMsMax: number;
  readonly pieces: Buffer[];
  /** Bytes of them. */
  bytes: number;
  headers: ReadonlyMap<string, string>;
  /** 0 until the answer has begun. */
  status: number;
  isKept: boolean;
}

class Connection {
  isOpen = true;
  readonly #socket: Socket;
  readonly #idleMsMax: number;
  readonly #parser = new HTTPParser(HTTPParser.RESPONSE);
  readonly #onClosed: () => void;
  #exchange: Exchange | undefined;

  constructor(socket: Socket, idleMsMax: number, onClosed: () => void) {
    this.#socket = socket;
    this.#idleMsMax = idleMsMax;
    this.#onClosed = onClosed;
    this.#socket.setNoDelay(true);
    this.#socket.on('data', bytes => this.#take(bytes));
    this.#socket.on('end', () => {
      this.#parser.finish();
      this.#end(new Error('the connection broke off'));
    });
    this.#socket.on('error', error => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('the connection broke off')));
    this.#socket.on('timeout', () => {
      const ms = this.#exchange?.answerMsMax ?? 0;
      this.#end(new Error(`no answer within ${ms / 1000} s`));
    });
    this.#readAnswers();
  }

  exchange(head: string, { body, answerMsMax }: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('the client was closed'));
      this.#exchange = {
        resolve,
        reject,
        answerMsMax,
        pieces: [],
        bytes: 0,
        headers: new Map(),
        status: 0,
        isKept: true,
      };
      this.#socket.ref();
      this.#socket.setTimeout(answerMsMax);
      // Head and body in one system call, and mostly in one packet.
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      if (body !== undefined) this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  /** Nothing is asked for the time being: neither the process nor, for long, the server is kept by it. */
  rest(): void {
    this.#socket.setTimeout(this.#idleMsMax);
    this.#socket.unref();
  }

  close(): void {
    this.#end(new Error('the client was closed'));
  }

  #readAnswers(): void {
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers, shouldKeepAlive }) => {
      // What answers nothing would be taken for the answer to what is asked next.
      if (this.#exchange === undefined) this.#end();
      // An answer that comes before the answer (RFC 9110 section 15.2) says nothing that we wait for.
      if (this.#exchange === undefined || statusCode < 200) return;
      this.#exchange.status = statusCode;
      this.#exchange.isKept = shouldKeepAlive;
      this.#exchange.headers = mapOf(headers);
    };
    this.#parser[HTTPParser.kOnBody] = (bytes, offset, length) => {
      const exchange = this.#exchange;
      if (exchange === undefined) return;
      exchange.bytes += length;
      exchange.pieces.push(bytes.subarray(offset, offset + length));
      if (exchange.bytes > ANSWER_BYTES_MAX) this.#end(new Error('the answer is too long'));
    };
    this.#parser[HTTPParser.kOnMessageComplete] = () => {
      const exchange = this.#exchange;
      if (exchange === undefined || exchange.status === 0) return;
      this.#exchange = undefined;
      const { status, headers, pieces, isKept } = exchange;
      // A server that answers before it has read everything would take the rest for the next request.
      if (!isKept || this.#socket.writableLength > 0) this.#end();
      exchange.resolve({ status, headers, body: Buffer.concat(pieces).toString('utf8') });
    };
  }

  #take(bytes: Buffer): void {
    if (this.#exchange === undefined) this.#end();
    const outcome = this.isOpen ? this.#parser.execute(bytes) : 0;
    if (outcome instanceof Error) this.#end(new Error(`the answer is not HTTP (${outcome.message})`));
  }

  #end(error?: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (this.isOpen) {
      this.isOpen = false;
      this.#socket.destroy();
      this.#onClosed();
    }
    exchange?.reject(error);
  }
}

/** What opens a socket to a server. TLS is loaded by who needs it: it takes 2 MB. */
async function dialOf({ protocol, hostname, port }: URL): Promise<() => Socket> {
  // An IPv6 address stands in brackets in a URL only.
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'https:') return () => connect({ host, port: Number(port || 80) });
  const tls = await import('node:tls');
  // An address is no name to ask a certificate for (RFC 6066 section 3).
  const servername = isIP(host) === 0 ? host : '';
  return () => tls.connect({ host, port: Number(port || 443), servername, ALPNProtocols: ['http/1.1'] });
}

/** @throws Error where a path or a header would end its line (RFC 9112 section 3.2, RFC 9110 section 5.5) */
function headOf({ method, path, headers, body }: HttpRequest, host: string): string {
  if (/[^\x21-\x7e]/.test(path)) throw new Error('a path holds a character that HTTP does not allow');
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new Error(`${name} holds a character that HTTP does not allow`);
    head += `${name}: ${value}\r\n`;
  }
  if (body !== undefined) head += `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `${head}\r\n`;
}

function mapOf(headers: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let at = 0; at < headers.length; at += 2) map.set((headers[at] ?? '').toLowerCase(), headers[at + 1] ?? '');
  return map;
}
