import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

/** A masked client frame (with a mask of zeros) whose first byte and stated length may lie. */
const frame = (first: number, payload: Uint8Array, stated = payload.length) =>
  Buffer.concat([Buffer.from([first, 0x80 | 126, stated >> 8, stated & 255, 0, 0, 0, 0]), payload]);

const bytes = fc.uint8Array({ maxLength: 400 });
const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const message = fc.oneof(
  bytes,
  fc.string().map(text),
  fc.jsonValue().map(text),
  fc
    .record({
      type: fc.constantFrom('ping', 'subscribe', 'unsubscribe', 'register_session', 'workflow_log', 'adw_broadcast'),
      adw_id: fc.oneof(fc.constantFrom('*', 'aaaaaaaa', '../..', '', '__proto__'), fc.jsonValue()),
      after: fc.jsonValue(),
      types: fc.jsonValue(),
      timestamp: fc.jsonValue(),
      data: fc.jsonValue(),
    })
    .map(text),
);
const sent = fc.oneof(
  fc
    .tuple(fc.constantFrom(0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0x83, 0xff), message)
    .map(([a, b]) => frame(a, b)),
  fc.tuple(message, fc.integer({ min: 0, max: 65_535 })).map(([payload, stated]) => frame(0x81, payload, stated)),
  bytes.map(raw => Buffer.from(raw)),
);

describe('whatever a socket sends', () => {
  test('the server lives, lets go of it, and serves the others as before', async () => {
    const { url, port, fanout, store } = await serve();
    const other = await Client.connect(url);
    let appended = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 12 }), async frames => {
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
