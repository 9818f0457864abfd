import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { Transport, type TransportOptions } from '../../../src/sidecar/deliver/transport.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue';
const REQUEST = { method: 'POST', path: '/events', body: 'line\n' } as const;

function transportTo(server: string, options: Partial<TransportOptions> = {}): Transport {
  const { signal } = new AbortController();
  const rest = { token: undefined, timeoutMs: 20_000, connections: 1, signal, log: silentLogger, env: {} };
  const transport = new Transport({ server, ...rest, ...options });
  onTestFinished(() => transport.close());
  return transport;
}

/** A server that does to each connection what it is told. @returns its port */
async function rawServer(onConnection: (socket: Socket, nth: number) => void): Promise<number> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket, ++connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const answering = (answer: string) => (socket: Socket) => {
  socket.on('data', bytes => void (bytes.includes('line\n') && socket.write(answer)));
};

describe('a request that is not answered well is sent again, over a new connection,', () => {
  test.for([
    ['breaks off', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntrue')],
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
    ['is not HTTP', (socket: Socket) => socket.write('SSH-2.0\r\n')],
  ] as const)('where the answer %s', async ([, spoil]) => {
    const port = await rawServer((socket, nth) =>
      nth === 1 ? socket.once('data', () => spoil(socket)) : answering(OK)(socket),
    );
    const transport = transportTo(`http://127.0.0.1:${port}`);
    expect(await transport.request(REQUEST)).toMatchObject({ status: 200, body: true });
    expect(transport.retries).toBe(1);
  });

  test('where nothing comes for too long', async () => {
    let connections = 0;
    const port = await rawServer((socket, nth) => {
      connections = nth;
      if (nth === 1) socket.resume();
      else answering(OK)(socket);
    });
    const transport = transportTo(`http://127.0.0.1:${port}`);
    expect(await transport.request({ ...REQUEST, answerMsMax: 100 })).toMatchObject({ status: 200, body: true });
    expect(transport.retries).toBeGreaterThan(0);
    // On a slow machine the second answer may come too late as well.
    expect(transport.retries).toBe(connections - 1);
  });

  test('where the server closed a connection that was kept', async () => {
    const sockets: Socket[] = [];
    const port = await rawServer(socket => {
      sockets.push(socket);
      answering(OK)(socket);
    });
    const transport = transportTo(`http://127.0.0.1:${port}`);
    await transport.request(REQUEST);
    expect(sockets).toHaveLength(1);
    sockets[0]?.end();
    await once(sockets[0] as Socket, 'close');
    expect(await transport.request(REQUEST)).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(2);
  });
});

test('requests that follow each other share a connection, and one that is too many waits for it', async () => {
  let connections = 0;
  const port = await rawServer(socket => {
    connections += 1;
    answering(OK)(socket);
  });
  const transport = transportTo(`http://127.0.0.1:${port}`);
  await transport.request(REQUEST);
  const answers = await Promise.all(Array.from({ length: 5 }, () => transport.request(REQUEST)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(connections).toBe(1);
});

test('closing lets what is under way fail', async () => {
  const port = await rawServer(socket => socket.resume());
  const stop = new AbortController();
  const transport = transportTo(`http://127.0.0.1:${port}`, { signal: stop.signal });
  const failed = expect(transport.request(REQUEST)).rejects.toMatchObject({ code: 'server_unreachable' });
  stop.abort();
  transport.close();
  await failed;
});

describe('through a proxy', () => {
  /** A server that says what it was asked, and a proxy that sends every name there. */
  async function serverBehindProxy() {
    const asked: { url: string | undefined; body: string }[] = [];
    const server = createHttpServer(async (request, response) => {
      asked.push({ url: request.url, body: await bodyOf(request) });
      response.end('true');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxied: string[] = [];
    const proxy = createHttpServer((request, response) => {
      proxied.push(`${request.method} ${request.url}`);
      const { pathname } = new URL(request.url ?? '');
      const onwards = httpRequest({ port, host: '127.0.0.1', method: request.method, path: pathname }, answer => {
        response.writeHead(answer.statusCode ?? 0);
        answer.pipe(response);
      });
      request.pipe(onwards);
    });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      proxied.push(`CONNECT ${request.url}`);
      const onwards = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onwards
        .on('error', () => socket.destroy())
        .pipe(socket.on('error', () => onwards.destroy()))
        .pipe(onwards);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => {
      for (const one of [server, proxy]) one.closeAllConnections();
      for (const one of [server, proxy]) one.close();
    });
    return { asked, proxied, port, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }

  test('that the environment names a delivery goes, as it was', async () => {
    const { asked, proxied, url } = await serverBehindProxy();
    const transport = transportTo('http://adw.example:4000/base', { env: { HTTP_PROXY: url } });
    for (let n = 0; n < 3; n++) expect(await transport.request(REQUEST)).toMatchObject({ status: 200, body: true });
    expect(proxied).toEqual(Array.from({ length: 3 }, () => 'POST http://adw.example:4000/base/events'));
    expect(asked).toEqual(Array.from({ length: 3 }, () => ({ url: '/base/events', body: 'line\n' })));
  });

  test('a tunnel is asked for where the server speaks TLS', async () => {
    const { proxied, url } = await serverBehindProxy();
    const transport = transportTo('https://adw.example', { env: { https_proxy: url } });
    // The server behind speaks none: that the tunnel was made is enough.
    expect(await transport.probe('/health')).toBeUndefined();
    expect(proxied).toEqual(['CONNECT adw.example:443']);
  });

  test('nothing goes to this machine itself, nor to what NO_PROXY names', async () => {
    const { asked, proxied, port, url } = await serverBehindProxy();
    const direct = transportTo(`http://127.0.0.1:${port}`, { env: { HTTP_PROXY: url } });
    expect(await direct.request(REQUEST)).toMatchObject({ status: 200 });
    const excepted = transportTo('http://adw.invalid', {
      env: { HTTP_PROXY: url, NO_PROXY: '.invalid' },
      timeoutMs: 1,
    });
    await expect(excepted.request(REQUEST)).rejects.toMatchObject({ code: 'server_unreachable' });
    expect(asked).toHaveLength(1);
    expect(proxied).toEqual([]);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += piece;
  return body;
}
