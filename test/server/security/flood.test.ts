import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggerTo } from '../../../src/base/log.ts';
import { COUNTED_CLIENTS_MAX } from '../../../src/server/security/limits.ts';
import { until } from '../../support/until.ts';
import { startTestServer, type TestServer } from '../running.ts';

let server: TestServer;
let app: FastifyInstance;
let slowLoris: Promise<string>;
let silent: Promise<unknown>;
/** Connections that were refused for their slowness: nothing else of the log is kept, whose lines would be memory. */
let tooSlow = 0;
const log = loggerTo((name, fields) => {
  if (name === 'refusal' && fields.kind === 'too slow') tooSlow++;
});
beforeAll(async () => {
  const observe = (made: FastifyInstance) => {
    app = made;
  };
  server = await startTestServer({ rateLimit: 3, log }, { dashboardDir: '/nonexistent', observe });
  // They are waited for until the time for headers is over, for about as long as the flood takes.
  slowLoris = endlessHeaders();
  silent = nothingSent();
});
afterAll(() => server.remove());

async function ask(remoteAddress: string): Promise<number> {
  return (await app.inject({ url: '/api/v1/connections', remoteAddress, headers: { host: 'localhost' } })).statusCode;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of the heap that something refers to once what was under way is over: two measurements agree. */
async function settledBytes(): Promise<number> {
  let last = Number.POSITIVE_INFINITY;
  return until('the heap has settled', () => {
    collectGarbage();
    const now = process.memoryUsage().heapUsed;
    const settled = Math.abs(now - last) < 256 * 1024;
    last = now;
    return settled && now;
  });
}

/** Every number as an address of its own. */
function address(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}

describe('a flood from tens of thousands of addresses', () => {
  it('takes no more memory than the limit of counted addresses, and each of them is limited still', {
    timeout: 300_000,
  }, async () => {
    const flood = async (begin: number, end: number) => {
      for (let number = begin; number < end; number += 500) {
        await Promise.all(Array.from({ length: 500 }, (_, index) => ask(address(number + index))));
      }
    };
    // More than there is room for, so that each of them takes the place of another.
    const many = 1.2 * COUNTED_CLIENTS_MAX;
    await flood(0, many);
    const before = await settledBytes();
    await flood(many, 2 * many);
    expect((await settledBytes()) - before).toBeLessThan(4 * 1024 * 1024);
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push(await ask('192.0.2.1'));
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});

describe('slow-loris', () => {
  it('is cut off: headers that do not end are answered with 408 and the socket closed', async () => {
    expect(await slowLoris).toMatch(/^HTTP\/1\.1 408/);
    // Connections that browsers open ahead of need, and leave, are no attempt.
    await silent;
    expect(tooSlow).toBe(1);
  });
});

/** Sends nothing, and resolves when the socket has closed. */
function nothingSent(): Promise<unknown> {
  return once(connect(server.port, '127.0.0.1').resume(), 'close');
}

/** Sends a header every half second, and answers what came back until the socket has closed. */
function endlessHeaders(): Promise<string> {
  return new Promise<string>(resolve => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1');
    // What is written before a slow connection stands is sent as well: it must not come before the request's line.
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.write('X: y\r\n'), 500);
    socket.setEncoding('utf8').on('data', data => {
      received += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drip);
      resolve(received);
    });
  });
}
