import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNTED_CLIENTS_MAX } from '../../../src/server/security/limits.ts';
import { until } from '../../support/until.ts';
import { startTestServer, type TestServer } from '../running.ts';

let server: TestServer;
let app: FastifyInstance;
beforeAll(async () => {
  const observe = (made: FastifyInstance) => {
    app = made;
  };
  server = await startTestServer({ rateLimit: 3 }, { dashboardDir: '/nonexistent', observe });
});
afterAll(() => server.remove());

async function ask(remoteAddress: string): Promise<number> {
  return (await app.inject({ url: '/api/v1/connections', remoteAddress, headers: { host: 'localhost' } })).statusCode;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of the heap that something refers to once what was under way is over: two looks agree. */
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
