import { afterEach, beforeEach, expect, it } from 'vitest';
import { sendMetrics } from '../../../src/server/otel/metrics.ts';
import { Collector } from '../../support/otlp/collector.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { until } from '../../support/until.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await new Collector().start();
});
afterEach(() => collector.kill());

const FIGURES = [
  { name: 'adw_stream_runs', help: 'Runs.', series: [{ labels: { workflow: 'adw_sdlc', state: 'failed' }, value: 2 }] },
  { name: 'adw_stream_agent_cost_usd', help: 'Cost.', series: [{ labels: { role: 'planner' }, value: 0.25 }] },
  { name: 'adw_stream_model_tokens', help: 'Tokens.', series: [] },
];

const run = (protocol: 'http/protobuf' | 'http/json', log = recordingLogger()) => {
  const end = new AbortController();
  const target = { url: `${collector.url}/v1/metrics`, headers: {}, protocol, gzip: true, timeoutMs: 60_000 };
  const done = sendMetrics(
    { target, resource: { 'service.name': 'adw-stream' }, everyMs: 5, figures: () => FIGURES, log: log.log },
    end.signal,
  );
  return { end: () => end.abort(), done, recorded: log.recorded };
};

it.each(['http/protobuf', 'http/json'] as const)(
  'figures about runs are gauges as the official files say: %s',
  async protocol => {
    const { end, done } = run(protocol);
    await until('they were sent twice', () => collector.received.length > 1);
    end();
    await done;
    const told = JSON.stringify(collector.requests('metrics')[0], (_, value) => (Buffer.isBuffer(value) ? '' : value));
    expect(told).toContain('adw_stream_runs');
    expect(told).toContain('adw_sdlc');
    expect(told).toContain('"gauge"');
    expect(told).not.toContain('adw_stream_model_tokens');
  },
);

it('are not sent any more to a collector that takes none, which is told once', async () => {
  collector.answer = () => ({ status: 404 });
  const { done, recorded } = run('http/protobuf');
  await done;
  expect(recorded.map(({ name }) => name)).toEqual(['otlp_metrics_stopped']);
});
