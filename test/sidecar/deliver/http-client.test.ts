import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpClient, type HttpRequest } from '../../../src/sidecar/deliver/http-client.ts';
import { until } from '../../support/until.ts';

const POST: HttpRequest = { method: 'POST', path: '/events', headers: {}, body: 'line\n', answerMsMax: 5_000 };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A server that does to each connection what it is told, and a client of it. */
async function clientOf(onConnection: (socket: Socket, nth: number) => void, options = {}): Promise<HttpClient> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket, ++connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const client = new HttpClient({ url, connections: 1, idleMsMax: 4_000, ...options });
  onTestFinished(() => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return client;
}

/** Answers every request, told by the end of its five bytes of body, with `answer`. */
const answering = (answer: string | readonly string[]) => (socket: Socket) => {
  socket.on('data', async bytes => {
    if (!bytes.includes('line\n')) return;
    for (const piece of [answer].flat()) await new Promise(resolve => socket.write(piece, resolve));
  });
};

describe('an answer', () => {
  const CHUNKED =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\ntrailer: 1\r\n\r\n';

  test.for([
    ['of a length', OK, 1],
    ['of a length, in many pieces', [...OK], 1],
    ['in chunks', CHUNKED, 1],
    ['after an interim one', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 1],
    ['whose server closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok', 3],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', 3],
    ['that is followed by another', `${OK}${OK}`, 3],
  ] as const)('%s is read, and its connection kept where it may be', async ([, answer, expected]) => {
    let connections = 0;
    const client = await clientOf(socket => {
      connections += 1;
      answering(answer)(socket);
    });
    for (let n = 0; n < 3; n++) expect(await client.request(POST)).toMatchObject({ status: 200, body: 'ok' });
    expect(connections).toBe(expected);
  });

  test('without a length ends with its connection', async () => {
    const client = await clientOf(socket => {
      socket.on('data', () => socket.end('HTTP/1.1 503 Away\r\nRetry-After: 7\r\n\r\nlater'));
    });
    const answer = await client.request(POST);
    expect(answer).toMatchObject({ status: 503, body: 'later' });
    expect(answer.headers.get('retry-after')).toBe('7');
  });

  test('that comes before the request was read is taken, and nothing else is sent after that request', async () => {
    let connections = 0;
    const client = await clientOf(socket => {
      connections += 1;
      if (connections > 1) return answering(OK)(socket);
      socket.once('data', () => socket.pause().write(OK));
    });
    const upload = client.request({ ...POST, method: 'PUT', body: Buffer.alloc(32_000_000) });
    expect((await upload).body).toBe('ok');
    expect((await client.request(POST)).body).toBe('ok');
    expect(connections).toBe(2);
  });

  test('is the same however it is cut into packets', async () => {
    const body = fc.string({ unit: 'binary', maxLength: 200 });
    const cuts = fc.array(fc.nat(400), { maxLength: 6 });
    let answer: readonly Buffer[] = [];
    const client = await clientOf(socket => {
      socket.setNoDelay(true).on('data', async bytes => {
        if (!bytes.includes('line\n')) return;
        for (const piece of answer) await new Promise(resolve => socket.write(piece, resolve));
      });
    });
    await fc.assert(
      fc.asyncProperty(body, cuts, fc.boolean(), async (text, at, isChunked) => {
        const bytes = Buffer.from(text);
        const chunk = bytes.length === 0 ? '' : `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
        const whole = isChunked
          ? `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`
          : `HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`;
        const ends = [...new Set([...at.filter(end => end < whole.length), whole.length])].toSorted((a, b) => a - b);
        answer = ends.map((end, index) => Buffer.from(whole.slice(ends[index - 1] ?? 0, end), 'latin1'));
        expect((await client.request(POST)).body).toBe(bytes.toString('utf8'));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a request', () => {
  test('arrives as it was given', async () => {
    const seen: unknown[] = [];
    const server = createHttpServer(async (request, response) => {
      const { method, url, headers } = request;
      let body = '';
      for await (const piece of request) body += piece;
      seen.push({ method, url, header: headers['x-name'], length: headers['content-length'], body });
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const client = new HttpClient({ url, connections: 2, idleMsMax: 4_000 });
    onTestFinished(() => {
      client.close();
      server.close();
    });
    await client.request({ ...POST, path: '/a?b=%20c', headers: { 'x-name': 'some value' }, body: 'žluť\n' });
    await client.request({ ...POST, method: 'PUT', body: Buffer.alloc(3_000_000, 7) });
    await client.request({ ...POST, method: 'GET', body: undefined });
    expect(seen).toMatchObject([
      { method: 'POST', url: '/a?b=%20c', header: 'some value', length: '7', body: 'žluť\n' },
      { method: 'PUT', url: '/events', length: '3000000' },
      { method: 'GET', url: '/events', length: undefined, body: '' },
    ]);
  });

  test('waits for a connection where all are taken, and is answered in its turn', async () => {
    let connections = 0;
    const client = await clientOf(
      socket => {
        connections += 1;
        answering(OK)(socket);
      },
      { connections: 2 },
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.request(POST)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(connections).toBe(2);
  });

  test.for([
    ['a path', { path: '/a b' }],
    ['a path', { path: '/a\r\nx: y' }],
    ['authorization', { headers: { authorization: 'Bearer a\r\nx: y' } }],
    ['authorization', { headers: { authorization: 'Bearer ž' } }],
  ] as const)('with a line end or a strange character in %s is not sent', async ([what, wrong]) => {
    let connections = 0;
    const client = await clientOf(() => {
      connections += 1;
    });
    await expect(client.request({ ...POST, ...wrong })).rejects.toThrow(`${what} holds a character`);
    expect(connections).toBe(0);
  });
});

describe('a request fails, and the next one gets a new connection,', () => {
  const failing = async (onFirst: (socket: Socket) => void, request: Partial<HttpRequest> = {}) => {
    const client = await clientOf((socket, nth) => (nth === 1 ? onFirst(socket) : answering(OK)(socket)));
    const failed = client.request({ ...POST, ...request });
    await expect(failed).rejects.toThrow();
    expect((await client.request(POST)).status).toBe(200);
    return failed.catch((error: Error) => error.message);
  };

  test('when the connection breaks off in the middle of the answer', async () => {
    const broken = (socket: Socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok'));
    expect(await failing(broken)).toBe('the connection broke off');
  });

  test('when the connection is reset', async () => {
    expect(await failing(socket => socket.on('data', () => socket.resetAndDestroy()))).toContain('ECONNRESET');
  });

  test('when the answer is not HTTP', async () => {
    expect(await failing(socket => socket.on('data', () => socket.write('SSH-2.0\r\n')))).toContain('is not HTTP');
  });

  test('when the answer does not end', async () => {
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    const endless = (socket: Socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const go = () => {
          while (socket.writable && socket.write(chunk));
        };
        socket.on('drain', go);
        go();
      });
    expect(await failing(endless)).toBe('the answer is too long');
  });

  test('when nothing comes for too long', async () => {
    expect(await failing(() => {}, { answerMsMax: 50 })).toBe('no answer within 0.05 s');
  });
});

test('a connection that the server closes, or speaks on unasked, while it rests is not used again', async () => {
  const sockets: Socket[] = [];
  const client = await clientOf(socket => {
    sockets.push(socket);
    answering(OK)(socket);
  });
  await client.request(POST);
  sockets[0]?.end();
  await once(sockets[0] as Socket, 'close');
  await client.request(POST);
  sockets[1]?.write(OK);
  await once(sockets[1] as Socket, 'close');
  await client.request(POST);
  expect(sockets).toHaveLength(3);
});

test('a connection that rests for long is given up', async () => {
  const sockets: Socket[] = [];
  const client = await clientOf(
    socket => {
      sockets.push(socket);
      answering(OK)(socket);
    },
    { idleMsMax: 50 },
  );
  await client.request(POST);
  await once(sockets[0] as Socket, 'close');
  expect((await client.request(POST)).status).toBe(200);
});

test('closing lets what is under way and what waits fail', async () => {
  const sockets: Socket[] = [];
  const client = await clientOf(socket => sockets.push(socket));
  const requests = [client.request(POST), client.request(POST)].map(request => request.catch((e: Error) => e.message));
  await until('the first is under way', () => sockets.length === 1);
  client.close();
  expect(await Promise.all(requests)).toEqual(['the client was closed', 'the client is closed']);
});
