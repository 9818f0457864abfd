import { type AddressInfo, connect } from 'node:net';
import zlib, { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX } from '../../../src/event/limits.ts';
import { ingestAnswerSchema, positionRefusalSchema, positionsAnswerSchema } from '../../../src/event/position.ts';
import { until } from '../../support/until.ts';
import { type IngestServer, NOW, startIngestServer } from './ingest-server.ts';
import { block, chunk, lone } from './wire-events.ts';

const URL = '/api/v1/events';
let server: IngestServer;
beforeEach(async () => {
  server = await startIngestServer();
});
afterEach(() => server.close());

const send = async (payload: string | Buffer, headers: Record<string, string> = {}) => {
  const type = { 'content-type': 'application/x-ndjson', ...headers };
  const response = await server.app.inject({ method: 'POST', url: URL, payload, headers: type });
  return { status: response.statusCode, body: response.json() };
};
const lines = (...events: unknown[]) => events.map(event => JSON.stringify(event)).join('\n');

describe('a batch', () => {
  it('is taken as NDJSON and as a JSON array, and answered by its schema', async () => {
    const ndjson = await send(`${lines(lone('a'), lone('b'))}\n\n`);
    const array = await server.post(URL, [lone('c')]);
    expect(ndjson).toMatchObject({ status: 200, body: { accepted: 2, duplicates: 0, rejected: [] } });
    expect(array).toMatchObject({ status: 200, body: { accepted: 1 } });
    for (const { body } of [ndjson, array]) expect(ingestAnswerSchema.parse(body)).toEqual(body);
    expect((await server.log()).map(({ data }) => data.event_id)).toEqual(['a', 'b', 'c']);
  });

  it('may be empty', async () => {
    expect(await server.post(URL, [])).toMatchObject({
      status: 200,
      body: { accepted: 0, last_seq: 0, positions: [] },
    });
  });

  it('is not spoiled by a bad event; each refusal says where and how', async () => {
    const bad = [
      { type: 'nothing', data: {} },
      { type: 'agent_log', data: { ...lone('x').data, message: 7 } },
      lone('y', { adw_id: '../../etc' }),
      lone('z', { timestamp: 'foo 2026 Z' }),
      7,
    ];
    const { status, body } = await send(`${lines(lone('a'), ...bad)}\n{"half\n${lines(lone('b'))}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(body.rejected.map(({ index }: { index: number }) => index)).toEqual([1, 2, 3, 4, 5, 6]);
    const texts = body.rejected.map(({ error }: { error: string }) => error);
    expect(texts[0]).toMatch(/^type: unknown event type "nothing"/);
    expect(texts[1]).toMatch(/^data\.message: /);
    expect(texts[2]).toMatch(/^data\.adw_id: .*8 ASCII letters/);
    expect(texts[3]).toMatch(/^data\.timestamp: /);
  });

  it('is not spoiled by an event nested so deeply that it cannot be written down', async () => {
    const deep = JSON.stringify(lone('deep', { details: 'HERE' })).replace(
      '"HERE"',
      `${'['.repeat(40_000)}${']'.repeat(40_000)}`,
    );
    const { status, body } = await send(`${lines(lone('a'))}\n${deep}\n${lines(lone('b'))}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 2, rejected: [{ index: 1, error: 'data: nested too deeply' }] });
  });

  it('is not spoiled by a type that is no name', async () => {
    const deep = `{"type":${'['.repeat(40_000)}${']'.repeat(40_000)},"data":{}}`;
    const { status, body } = await send(`${deep}\n${lines({ type: 7, data: {} }, { data: {} })}`);
    const errors = body.rejected.map(({ error }: { error: string }) => error);
    expect([status, errors]).toEqual([
      200,
      ['object', 'number', 'undefined'].map(type => `type: unknown event type of type ${type}`),
    ]);
  });

  it('is not spoiled by an event with 600,000 keys, which is refused unread', async () => {
    const keys = Array.from({ length: 600_000 }, (_, at) => `"${at.toString(36)}":1`).join(',');
    const many = `{"type":"agent_log","data":{"adw_id":"1a2b3c4d","message":"m","level":"INFO",${keys}}}`;
    const { body } = await send(`${many}\n${lines(lone('a'))}`);
    const rejected = [{ index: 0, error: 'holds more than 50000 keys and values' }];
    expect(body).toMatchObject({ accepted: 1, rejected });
    expect(await send(`[${many}]`, { 'content-type': 'application/json' })).toMatchObject({ status: 413 });
  });

  it('is not spoiled by names that a store would change, and none of them is taken for another', async () => {
    const unstorable = ['a\0b', 'a\0c', '\ud800', '\udc00'];
    const { status, body } = await send(
      lines(
        lone('a'),
        ...unstorable.map(id => lone(id)),
        ...unstorable.map(path => chunk({ offset: 0, length: 20, path })),
        ...unstorable.map(fingerprint => chunk({ offset: 0, length: 20, fingerprint })),
        ...unstorable.map(agent_role => lone(undefined, { agent_role })),
        lone('\ud83d\ude00'),
      ),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 6, duplicates: 0, positions: [] });
    expect(body.rejected.map(({ error }: { error: string }) => error.split(':')[0])).toEqual(
      ['data.event_id', 'data.source.path', 'data.source.fingerprint'].flatMap(field => Array(4).fill(field)),
    );
    // A role is a name to group by: it is stored with what can be stored of it, and its event as it came.
    expect((await server.log()).slice(1, 5).map(({ data }) => data.agent_role)).toEqual(unstorable);
    expect((await server.store.index('1a2b3c4d')).role.slice(1, 5)).toEqual([
      'a\ufffdb',
      'a\ufffdc',
      '\ufffd',
      '\ufffd',
    ]);
  });

  it('gets ids and times where it has none, and keeps fields that nobody knows', async () => {
    await server.post(URL, [lone(undefined, { timestamp: undefined, extra: { kept: [1] } })]);
    const data = (await server.log())[0]?.data;
    expect(data).toMatchObject({ timestamp: NOW, timing: 'observed', extra: { kept: [1] } });
    expect(data?.event_id).toMatch(/^[\w-]{16,}$/);
  });

  it('has its times in UTC, written as they came where they are', async () => {
    const zoned = lone('b', { timestamp: '2026-01-01T12:00:00+02:00' });
    // No browser reads a second 60.
    const leap = lone('leap', { timestamp: '2016-12-31T23:59:60Z' });
    await server.post(URL, [lone('a', { timestamp: '2026-01-01T10:00:00.123456Z' }), zoned, leap]);
    const times = (await server.log()).map(({ data }) => data.timestamp);
    expect(times).toEqual(['2026-01-01T10:00:00.123456Z', '2026-01-01T10:00:00.000Z', '2017-01-01T00:00:00.000Z']);
  });

  it('counts events that are there already', async () => {
    await server.post(URL, [lone('a')]);
    expect((await server.post(URL, [lone('a'), lone('b')])).body).toMatchObject({ accepted: 1, duplicates: 1 });
  });
});

/** From Node 22.15 on; the types are of the oldest Node that we support. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: string | Buffer) => Buffer };

describe('a body', () => {
  it.runIf(zstdCompressSync)('may be packed with zstd where Node has it, within the same limit', async () => {
    const headers = { 'content-encoding': 'zstd' };
    const { status, body } = await send(zstdCompressSync?.(lines(lone('a'))) ?? '', headers);
    expect([status, body.accepted]).toEqual([200, 1]);
    const bomb = zstdCompressSync?.(Buffer.alloc(BODY_BYTES_MAX + 1, 0x20)) ?? '';
    expect(bomb.length).toBeLessThan(20_000);
    expect(await send(bomb, headers)).toMatchObject({ status: 413, body: { code: 'too_large' } });
    expect(await send('no zstd', headers)).toMatchObject({ status: 400, body: { code: 'invalid_body' } });
  });

  it.runIf(!zstdCompressSync)('packed with zstd is refused where Node has none, with what may be sent', async () => {
    const answer = await send(lines(lone('a')), { 'content-encoding': 'zstd' });
    expect(answer).toMatchObject({ status: 415, body: { error: 'Content-Encoding may be gzip.' } });
  });

  it('may be packed with gzip', async () => {
    const { status, body } = await send(gzipSync(lines(lone('a'))), { 'content-encoding': 'gzip' });
    expect([status, body.accepted]).toEqual([200, 1]);
  });

  it('is refused when it unpacks to more than the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(BODY_BYTES_MAX + 1, 0x20));
    expect(bomb.length).toBeLessThan(20_000);
    expect(await send(bomb, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      body: { code: 'too_large' },
    });
  });

  it('is refused when it is too large as it is', async () => {
    expect(await send('x'.repeat(BODY_BYTES_MAX + 1))).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });

  it('is refused when it holds more events than may keep everybody else waiting, however small it is', async () => {
    const refused = { status: 413, body: { code: 'too_large', error: expect.stringContaining('20000 events') } };
    const packed = gzipSync('1\n'.repeat(4_000_000));
    expect(await send(packed, { 'content-encoding': 'gzip' })).toMatchObject(refused);
    expect(await server.post(URL, Array(BATCH_EVENTS_MAX + 1).fill(1))).toMatchObject(refused);
    const { status, body } = await send('1\n'.repeat(BATCH_EVENTS_MAX));
    expect([status, body.rejected.length]).toEqual([200, BATCH_EVENTS_MAX]);
  });

  it('is refused when it is not what its headers say', async () => {
    const refused = { status: 400, body: { code: 'invalid_body' } };
    expect(await send('no gzip', { 'content-encoding': 'gzip' })).toMatchObject(refused);
    expect(await send('{', { 'content-type': 'application/json' })).toMatchObject(refused);
    expect(await send('{"type":"x"}', { 'content-type': 'application/json' })).toMatchObject(refused);
    const unsupported = { status: 415, body: { code: 'unsupported_media_type' } };
    expect(await send('x', { 'content-encoding': 'constructor' })).toMatchObject(unsupported);
    expect(await send('x', { 'content-type': 'text/plain' })).toMatchObject(unsupported);
  });
});

describe('a unit', () => {
  it('is stored with its typed events and moves the position', async () => {
    const { body } = await server.post(URL, [
      chunk({ offset: 0, length: 20 }),
      block({ offset: 0 }),
      block({ offset: 10 }),
    ]);
    const position = {
      path: 'tester/raw_output.jsonl',
      fingerprint: 'f1',
      attempt: 1,
      next: 20,
      lines: 1,
      tail_sha256: 'ab',
    };
    expect(body).toMatchObject({ accepted: 3, positions: [{ adw_id: '1a2b3c4d', ...position }] });
    const positions = await server.app.inject('/api/v1/adws/1a2b3c4d/positions');
    expect(positionsAnswerSchema.parse(positions.json())).toMatchObject({
      epoch: server.store.epoch,
      files: [position],
    });
  });

  it('is a duplicate as a whole, its typed events too', async () => {
    const unit = [chunk({ offset: 0, length: 20 }), block({ offset: 0 })];
    await server.post(URL, unit);
    expect((await server.post(URL, unit)).body).toMatchObject({
      accepted: 0,
      duplicates: 2,
      positions: [{ next: 20 }],
    });
  });

  it('refuses the batch with 409 and the position when it begins elsewhere', async () => {
    await server.post(URL, [chunk({ offset: 0, length: 20 })]);
    const answer = await server.post(URL, [lone('a'), chunk({ offset: 30, length: 5 })]);
    expect(answer).toMatchObject({ status: 409, body: { code: 'position_mismatch', positions: [{ next: 20 }] } });
    expect(await server.log()).toHaveLength(1);
  });

  it('is refused with 409, and what the log holds instead, when others of its generation lie where it would', async () => {
    const held = { offset: 0, length: 20 };
    await server.post(URL, [chunk(held, { sha256: 'a'.repeat(64) }), chunk({ offset: 20, length: 80 })]);
    const other = { offset: 0, length: 20 };
    const { status, body } = await server.post(URL, [lone('a'), chunk(other, { sha256: 'b'.repeat(64) })]);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'unit_not_held',
      positions: [{ adw_id: '1a2b3c4d', next: 100 }],
      units: [{ adw_id: '1a2b3c4d', path: 'tester/raw_output.jsonl', fingerprint: 'f1', ...other }],
    });
    expect(positionRefusalSchema.parse(body).units?.[0]?.held).toEqual([
      { ...held, sha256: 'a'.repeat(64) },
      { offset: 20, length: 80, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(await server.log()).toHaveLength(2);
  });

  it('moves no position over more bytes than its content can stand for', async () => {
    const range = { offset: 0, length: 1_000_000_000 };
    for (const extra of [{}, { sent_sha256: 'ab' }, { refused: 'by a proxy', content: '' }]) {
      const { body } = await server.post(URL, [chunk(range, extra)]);
      expect(body).toMatchObject({ accepted: 0, positions: [] });
      expect(body.rejected).toMatchObject([
        { index: 0, error: expect.stringContaining('data.source.length: 1000000000') },
      ]);
    }
    const sha256 = 'c'.repeat(64);
    const stub = JSON.stringify({ type: 'adw_stream.oversized_line', sha256, bytes: range.length, preview: 'x' });
    const { body } = await server.post(URL, [chunk(range, { content: stub, sent_sha256: sha256 })]);
    expect(body).toMatchObject({ accepted: 1, positions: [{ next: range.length }] });
  });

  it('is none without a byte: its events are known by their ids', async () => {
    const empty = [
      chunk({ offset: 0, length: 0 }, { event_id: 'c', content: '' }),
      block({ offset: 0 }, { event_id: 'b' }),
    ];
    expect((await server.post(URL, empty)).body).toMatchObject({ accepted: 2, positions: [] });
    expect((await server.post(URL, empty)).body).toMatchObject({ duplicates: 2, positions: [] });
  });

  it('moves the position without an event of it that is refused', async () => {
    const wrong = block({ offset: 5 }, { content: 7 });
    const { body } = await server.post(URL, [chunk({ offset: 0, length: 20 }), wrong, block({ offset: 6 })]);
    expect(body).toMatchObject({ accepted: 2, rejected: [{ index: 1 }], positions: [{ next: 20 }] });
  });

  it('is refused as a whole without its chunk: nothing else says where the file stands', async () => {
    const wrong = chunk({ offset: 0, length: 20 }, { content: 7 });
    const { body } = await server.post(URL, [wrong, block({ offset: 5 }), block({ offset: 25 })]);
    expect(body.rejected).toMatchObject([{ index: 0 }, { index: 1, error: 'its raw chunk was refused' }]);
    expect(body).toMatchObject({ accepted: 1, positions: [] });
  });

  it('is refused when it ends where numbers are no longer exact', async () => {
    const far = { offset: Number.MAX_SAFE_INTEGER, length: 1 };
    const { body } = await server.post(URL, [chunk(far), block({ offset: far.offset }), lone('a')]);
    expect(body).toMatchObject({ accepted: 1, positions: [] });
    expect(body.rejected).toMatchObject([
      { index: 0, error: 'data.source: ends beyond 2^53 bytes' },
      { index: 1, error: 'its raw chunk was refused' },
    ]);
  });

  it('has no more lines than bytes, whatever it says', async () => {
    const lines = Number.MAX_SAFE_INTEGER;
    await server.post(URL, [chunk({ offset: 0, length: 20 }, { lines })]);
    const { body } = await server.post(URL, [chunk({ offset: 20, length: 20 }, { lines })]);
    expect(body.positions).toMatchObject([{ next: 40, lines: 40 }]);
  });

  it('takes in only what lies inside its range of its file', async () => {
    const strangers = [
      block({ offset: 20 }),
      block({ offset: 0, fingerprint: 'f2' }),
      block({ offset: 0, path: 'other/raw_output.jsonl' }),
      block({ offset: 0 }, { adw_id: 'ffffffff' }),
    ];
    await server.post(URL, [chunk({ offset: 0, length: 20 }), ...strangers]);
    // A repeat of the unit alone shows what belonged to it.
    const { body } = await server.post(URL, [chunk({ offset: 0, length: 20 }), ...strangers]);
    expect(body).toMatchObject({ accepted: 4, duplicates: 1 });
  });

  it('equals a model for any interleaving of repeated, overlapping and too early units', async () => {
    const unit = fc.record({ offset: fc.integer({ min: 0, max: 6 }), length: fc.integer({ min: 1, max: 3 }) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { minLength: 1, maxLength: 30 }), async plan => {
        run += 1;
        const fingerprint = `run-${run}`;
        let next = 0;
        const expected: number[] = [];
        const held = new Set<string>();
        for (const { offset, length } of plan) {
          const range = { offset, length, fingerprint };
          const { status, body } = await server.post(URL, [chunk(range), block(range)]);
          const end = offset + length;
          // All of them have one tail hash, which covers what ends where the log stands.
          if (held.has(`${offset}-${end}`) || (end === next && end > 0)) {
            expect(body).toMatchObject({ accepted: 0, duplicates: 2 });
          } else if (offset === next) {
            held.add(`${offset}-${end}`);
            expect(body.accepted).toBe(2);
            expected.push(offset, offset);
            next += length;
          } else expect([status, body.positions]).toMatchObject([409, [{ next }]]);
        }
        const own = (await server.log()).map(({ data }) => data.source as { fingerprint: string; offset: number });
        expect(own.filter(source => source.fingerprint === fingerprint).map(({ offset }) => offset)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe('back-pressure', () => {
  it('asks to come again before memory grows, and lets in again afterwards', async () => {
    const { backPressure } = server.ingest;
    const release = backPressure.reserve(1024 ** 3);
    const response = await server.app.inject({
      method: 'POST',
      url: URL,
      payload: '[]',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.statusCode).toBe(429);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ code: 'rate_limited' });
    release();
    release();
    expect((await server.post(URL, [])).status).toBe(200);
  });

  it('has room again when a connection is gone whose answers were waiting for one another', async () => {
    server.app.get('/never', () => new Promise(() => {}));
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    const headers = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${256 * 1024 ** 2}`;
    socket.write(`GET /never HTTP/1.1\r\nHost: localhost\r\n\r\nPOST ${URL} HTTP/1.1\r\n${headers}\r\n\r\n`);
    const hasRoom = () => {
      try {
        server.ingest.backPressure.reserve(1)();
        return true;
      } catch {
        return false;
      }
    };
    try {
      await until('there is no room', () => !hasRoom());
      socket.destroy();
      await until('there is room', hasRoom);
    } finally {
      server.app.server.closeAllConnections();
    }
  });

  it('refuses calls beyond those that may wait for a commit', async () => {
    const calls = Array.from({ length: 600 }, (_, index) => server.ingest.acceptEvents([lone(`${index}`)]));
    const settled = await Promise.allSettled(calls);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ reason: { code: 'rate_limited' } });
    expect(await server.log()).toHaveLength(600 - refused.length);
  });
});
