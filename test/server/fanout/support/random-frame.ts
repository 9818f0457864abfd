import fc from 'fast-check';

/** A handshake. */
export const UPGRADE =
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
/** Bytes that a client may send after the handshake: frames that are good, spoilt, or none. */
export const randomFrame = fc.oneof(
  fc
    .tuple(fc.constantFrom(0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0x83, 0xff), message)
    .map(([a, b]) => frame(a, b)),
  fc.tuple(message, fc.integer({ min: 0, max: 65_535 })).map(([payload, stated]) => frame(0x81, payload, stated)),
  bytes.map(raw => Buffer.from(raw)),
);
