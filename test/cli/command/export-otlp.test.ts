import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { Collector } from '../../support/otlp/collector.ts';
import { temporaryDirectory, testIo } from '../helpers.ts';

const ID = '7e4c1a9b';
const AGENTS = fileURLToPath(new URL('../../../examples/agents', import.meta.url));

describe('export --otlp', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await new Collector().start();
  });
  afterEach(() => collector.kill());

  const typed = async (env: Record<string, string>, ...argv: string[]) => {
    const io = await testIo({ cwd: await temporaryDirectory(), env });
    return { code: await main(['export', ID, '--agents-dir', AGENTS, ...argv], io), out: io.out(), err: io.err() };
  };

  test('sends the whole trace of a run, the same each time, and writes no file', async () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
    const { code, err } = await typed(env, '--otlp', collector.url);
    expect([code, err]).toEqual([0, expect.stringMatching(/7e4c1a9b: 100 spans sent, \d+ events, verified/)]);
    expect(collector.received[0]?.headers).toMatchObject({ authorization: 'Basic abc', 'content-encoding': 'gzip' });
    const spans = collector.spans();
    const byId = new Map(spans.map(span => [span.spanId, span]));
    expect([spans.length, byId.size]).toEqual([100, 100]);
    expect(spans.filter(({ parentSpanId }) => !byId.has(parentSpanId)).map(({ name }) => name)).toEqual([
      'invoke_workflow adw_sdlc_iso',
    ]);
    expect(spans.some(({ attributes }) => 'gen_ai.output.messages' in attributes)).toBe(false);
    await typed({ ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, '--otlp', collector.url, '--otlp-content');
    const again = collector.spans().slice(100);
    expect(again.map(({ spanId }) => spanId)).toEqual(spans.map(({ spanId }) => spanId));
    expect(again.some(({ attributes }) => 'gen_ai.output.messages' in attributes)).toBe(true);
  });

  test('says what is wrong, and ends by it', async () => {
    collector.answer = () => ({ status: 415, body: Buffer.from('only protobuf') });
    const refused = await typed({}, '--otlp', collector.url);
    expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('HTTP 415: only protobuf')]);
    expect((await typed({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, '--otlp', collector.url)).code).toBe(2);
    // An address in the environment alone sends nothing.
    const { code, err } = await typed({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, '--markdown', '-');
    expect([code, err]).toEqual([0, expect.not.stringContaining('span')]);
  });
});
