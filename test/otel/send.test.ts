import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OtlpEncoder, openEncoder } from '../../src/otel/encode.ts';
import { sendOnce, sendUntilAnswered } from '../../src/otel/send.ts';
import type { OtlpProtocol, OtlpTarget } from '../../src/otel/settings.ts';
import type { Span } from '../../src/otel/span.ts';
import { Collector } from '../support/otlp/collector.ts';
import { startSilentServer } from '../support/silent-server.ts';

const SPAN: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  name: 'chat claude',
  kind: 'client',
  startMs: 1_790_000_000_123,
  endMs: 1_790_000_001_456,
  attributes: { text: 'ü', count: 7, share: 0.5, isIt: true, reasons: ['stop'] },
  events: [{ name: 'api_retry', ms: 1_790_000_000_500, attributes: { 'adw.log.attempt': 1 } }],
  status: 'error',
};

describe('what is sent', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await new Collector().start();
  });
  afterEach(() => collector.kill());

  const targetOf = (fields: Partial<OtlpTarget> = {}): OtlpTarget => ({
    url: `${collector.url}/v1/traces`,
    headers: { authorization: 'Basic abc' },
    protocol: 'http/protobuf',
    gzip: false,
    timeoutMs: 60_000,
    ...fields,
  });
  const encoderFor = (protocol: OtlpProtocol = 'http/protobuf') =>
    openEncoder(protocol, { 'service.name': 'adw-stream' });
  const send = async (fields: Partial<OtlpTarget> = {}, encoder?: OtlpEncoder) => {
    const own = encoder ?? (await encoderFor(fields.protocol));
    return sendOnce(own.traces([SPAN]), targetOf(fields), own, new AbortController().signal);
  };

  it.each([
    { protocol: 'http/protobuf', gzip: false },
    { protocol: 'http/protobuf', gzip: true },
    { protocol: 'http/json', gzip: false },
    { protocol: 'http/json', gzip: true },
  ] as const)('is what the official files say: %j', async fields => {
    expect(await send(fields)).toEqual({ kind: 'taken', partial: undefined });
    expect(collector.received[0]?.headers).toMatchObject({
      authorization: 'Basic abc',
      'content-type': fields.protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
    });
    expect(collector.spans()).toEqual([
      {
        traceId: SPAN.traceId,
        spanId: SPAN.spanId,
        parentSpanId: SPAN.parentSpanId,
        name: 'chat claude',
        kind: 3,
        start: 1_790_000_000_123_000_000n,
        end: 1_790_000_001_456_000_000n,
        attributes: SPAN.attributes,
        events: [{ name: 'api_retry', attributes: { 'adw.log.attempt': 1 } }],
        statusCode: 2,
        resource: { 'service.name': 'adw-stream', 'service.version': expect.any(String) },
      },
    ]);
  });

  it('is broken off when the sender ends, though the collector says nothing for an hour', async () => {
    const { server, port } = await startSilentServer();
    const encoder = await encoderFor();
    const ending = new AbortController();
    server.once('connection', () => ending.abort());
    const target = targetOf({ url: `http://127.0.0.1:${port}/`, timeoutMs: 3_600_000 });
    const how = { target, encoder, signal: ending.signal, onLater: () => {} };
    expect(await sendUntilAnswered(encoder.traces([SPAN]), how)).toBeUndefined();
  });

  it('is refused for good where the body is at fault, and at present in every other case', async () => {
    const kinds = async (status: number, headers = {}) => {
      collector.answer = () => ({ status, headers, body: Buffer.from('why') });
      return send();
    };
    for (const status of [400, 413, 422]) expect(await kinds(status)).toMatchObject({ kind: 'refused' });
    for (const status of [429, 502, 503, 504]) expect(await kinds(status)).toMatchObject({ isSettled: false });
    for (const status of [401, 403, 404, 415, 500]) {
      expect(await kinds(status)).toEqual({
        kind: 'later',
        reason: `HTTP ${status}: why`,
        afterMs: undefined,
        isSettled: true,
      });
    }
    expect(await kinds(503, { 'retry-after': '7' })).toMatchObject({ afterMs: 7_000 });
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const { afterMs } = (await kinds(429, { 'retry-after': date })) as { afterMs: number };
    expect(afterMs / 60_000).toBeCloseTo(60, -1);
    await collector.kill();
    expect(await send()).toMatchObject({ kind: 'later', isSettled: false });
    await collector.start();
  });

  it('is told in part, protobuf and JSON', async () => {
    // partial_success {rejected_spans: 3, error_message: "no"}
    const protobuf = Buffer.from([0x0a, 0x06, 0x08, 0x03, 0x12, 0x02, 0x6e, 0x6f]);
    const json = Buffer.from(JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'no' } }));
    const answer = (type: string, body: Buffer) => () => ({ status: 200, headers: { 'content-type': type }, body });
    const partial = { rejected: 3, message: 'no' };
    collector.answer = answer('application/x-protobuf', protobuf);
    expect(await send()).toEqual({ kind: 'taken', partial });
    collector.answer = answer('application/json', json);
    expect(await send({ protocol: 'http/json' })).toEqual({ kind: 'taken', partial });
    // An answer that says nothing that can be read is an answer.
    expect(await send()).toEqual({ kind: 'taken', partial: undefined });
  });

  it('is sent again, the same bytes, when its answer was lost, after the time that is asked for', async () => {
    const encoder = await encoderFor();
    const later: [string, number][] = [];
    let tries = 0;
    collector.answer = () => {
      tries += 1;
      return tries === 1 ? { status: 503, headers: { 'retry-after': '0' } } : tries === 2 ? 'lose' : undefined;
    };
    const answer = await sendUntilAnswered(encoder.traces([SPAN]), {
      target: targetOf(),
      encoder,
      signal: new AbortController().signal,
      onLater: (reason, waitMs) => later.push([reason, waitMs]),
    });
    expect(answer?.kind).toBe('taken');
    expect(later).toHaveLength(2);
    expect(collector.received.map(({ isAnswered }) => isAnswered)).toEqual([false, true]);
    expect(collector.spans()).toHaveLength(1);
  });
});
