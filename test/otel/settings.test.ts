import { describe, expect, it } from 'vitest';
import { otlpSettings } from '../../src/otel/settings.ts';

const settings = (env: Record<string, string>, url?: string) => otlpSettings({ url, content: false, env });

describe('where traces and metrics go', () => {
  it('is nowhere where nothing names an address, or OpenTelemetry is switched off', () => {
    expect(settings({})).toBeUndefined();
    expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' };
    expect(settings(none, 'http://c:4318')).toBeUndefined();
    expect(settings({ OTEL_TRACES_EXPORTER: 'none' }, 'http://c')?.traces).toBeUndefined();
  });

  it.each([
    ['http://c:4318', 'http://c:4318/v1/traces'],
    ['http://c:4318/', 'http://c:4318/v1/traces'],
    ['https://cloud.example/api/public/otel', 'https://cloud.example/api/public/otel/v1/traces'],
    ['http://c:6006/v1/traces', 'http://c:6006/v1/traces'],
  ])('is below the base %s', (base, traces) => {
    expect(settings({}, base)?.traces?.url).toBe(traces);
    expect(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: base })?.traces?.url).toBe(traces);
    expect(settings({}, base)?.metrics?.url).toBe(traces.replace('traces', 'metrics'));
  });

  it('is what a variable of the signal says, as it is, and what the flag says before both', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://own/x' };
    expect(settings(env)).toMatchObject({
      traces: { url: 'http://own/x' },
      metrics: { url: 'http://all/v1/metrics' },
    });
    expect(settings(env, 'http://flag')?.traces?.url).toBe('http://flag/v1/traces');
  });

  it('comes with headers, protocol, compression and time, those of the signal first', () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20abc=, x-langfuse-ingestion-version=4',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '2500',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=ci,team=a%20b',
      OTEL_SERVICE_NAME: 'builds',
    };
    const read = settings(env, 'http://c');
    expect(read?.traces).toEqual({
      url: 'http://c/v1/traces',
      headers: { Authorization: 'Basic abc=', 'x-langfuse-ingestion-version': '4' },
      protocol: 'http/json',
      gzip: true,
      timeoutMs: 2_500,
    });
    expect(read?.metrics?.protocol).toBe('http/protobuf');
    expect(read?.resource).toEqual({
      'deployment.environment.name': 'ci',
      team: 'a b',
      'service.name': 'builds',
    });
  });

  it.each([
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_EXPORTER_OTLP_COMPRESSION: 'br' },
    { OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'nothing' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4317' },
  ])('is refused where it cannot be: %j', env => {
    expect(() => settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', ...(env as Record<string, string>) })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  it.each([
    ['a password in the address', {}, 'http://me:pass-word@c:4318', 'OTEL_EXPORTER_OTLP_HEADERS'],
    [
      'a line break in a header',
      { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20pass-word%0Aa' },
      'http://c',
      'Authorization',
    ],
    ['a letter that no header has', { OTEL_EXPORTER_OTLP_HEADERS: 'x=“pass-word”' }, 'http://c', 'HEADERS'],
    ['a name that no header has', { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a b=pass-word' }, 'http://c', 'TRACES_HEADERS'],
  ])('refuses %s at the start, and does not repeat it', (_, env, url, named) => {
    const read = () => settings(env, url);
    expect(read).toThrow(named);
    expect(read).not.toThrow('pass-word');
  });

  it('names the variable that asks for what is not offered, and a way out: it may be meant for another program', () => {
    const read = () => settings({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }, 'http://c');
    expect(read).toThrow(/OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "grpc".*OTEL_SDK_DISABLED/);
  });

  it('waits no longer than a timer can', () => {
    expect(settings({ OTEL_EXPORTER_OTLP_TIMEOUT: '99999999999' }, 'http://c')?.traces?.timeoutMs).toBe(2 ** 31 - 1);
  });
});
