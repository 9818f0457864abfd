import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Client } from './support/client.ts';
import { randomFrame, UPGRADE } from './support/random-frame.ts';
import { entry, serve } from './support/server.ts';

describe('whatever a socket sends', () => {
  test('the server lives, lets go of it, and serves the others as before', async () => {
    const { url, port, fanout, store } = await serve();
    const other = await Client.connect(url);
    let appended = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(randomFrame, { minLength: 1, maxLength: 12 }), async frames => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write(UPGRADE);
        await once(socket, 'data');
        for (const one of frames) socket.write(one);
        socket.resume();
        socket.end();
        await store.append([entry('aaaaaaaa')]);
        appended++;
        await other.until(() => other.events.length === appended);
        socket.destroy();
      }),
      { numRuns: 500 },
    );
    while (fanout.stats().connections > 1) await new Promise(resolve => setImmediate(resolve));
    expect(other.of('error')).toEqual([]);
    expect(fanout.stats().subscriptions).toBe(1);
  });
});
