import { AdwStreamError, systemCode } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import type { OtlpProtocol } from './settings.ts';
import type { Attributes, Span } from './span.ts';

type Transformer = typeof import('@opentelemetry/otlp-transformer');
type ReadableSpan = Parameters<Transformer['JsonTraceSerializer']['serializeRequest']>[0][number];
type ResourceMetrics = Parameters<Transformer['JsonMetricsSerializer']['serializeRequest']>[0];

/** A figure with a value for each series of labels. */
export interface ToldFigure {
  readonly name: string;
  readonly help: string;
  readonly series: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** What a collector says of what it did not take of a request. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** Makes bodies of OTLP requests, and reads their answers. */
export interface OtlpEncoder {
  readonly contentType: string;
  /** The same spans give the same bytes. */
  traces(spans: readonly Span[]): Uint8Array;
  /** Gauges of one moment, ms since the Unix epoch. */
  metrics(figures: readonly ToldFigure[], ms: number): Uint8Array;
  /** What an answer says was not taken; undefined where it says nothing. */
  partialSuccess(answer: Uint8Array): PartialSuccess | undefined;
}

/**
 * OpenTelemetry's encoder, which is an optional package and loaded here.
 * @throws AdwStreamError invalid_option where it is not installed
 */
export async function openEncoder(protocol: OtlpProtocol, resource: Attributes): Promise<OtlpEncoder> {
  const transformer = await import('@opentelemetry/otlp-transformer').catch((error: unknown) => {
    if (systemCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new AdwStreamError('invalid_option', 'OpenTelemetry is not installed: npm install --include=optional');
  });
  const isJson = protocol === 'http/json';
  const traces = isJson ? transformer.JsonTraceSerializer : transformer.ProtobufTraceSerializer;
  const metrics = isJson ? transformer.JsonMetricsSerializer : transformer.ProtobufMetricsSerializer;
  const from = resourceOf(resource);
  return {
    contentType: isJson ? 'application/json' : 'application/x-protobuf',
    traces: spans => bytesOf(traces.serializeRequest(spans.map(span => readable(span, from)))),
    metrics: (figures, ms) => bytesOf(metrics.serializeRequest(gauges(figures, ms, from))),
    partialSuccess(answer) {
      // Answers to traces and to metrics have the same fields in the same places.
      const { partialSuccess } = traces.deserializeResponse(answer) as {
        partialSuccess?: { rejectedSpans?: unknown; rejectedDataPoints?: unknown; errorMessage?: unknown } | null;
      };
      const rejected = Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0);
      const message = String(partialSuccess?.errorMessage ?? '');
      return rejected > 0 || message !== '' ? { rejected, message } : undefined;
    },
  };
}

/** What made the spans. */
const SCOPE = { name: 'adw-stream', version: VERSION };
const SAMPLED = 1;
const KIND = { internal: 0, client: 2 } as const;
const STATUS = { unset: 0, ok: 1, error: 2 } as const;

type Resource = ReadableSpan['resource'];

function resourceOf(attributes: Attributes): Resource {
  const known: Attributes = { ...attributes, 'service.version': attributes['service.version'] ?? VERSION };
  return { attributes: known, merge: () => resourceOf(attributes), getRawAttributes: () => [] } as unknown as Resource;
}

function readable(span: Span, resource: Resource): ReadableSpan {
  const { traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, events, status } = span;
  const context = (id: string) => ({ traceId, spanId: id, traceFlags: SAMPLED });
  return {
    name,
    kind: KIND[kind],
    spanContext: () => context(spanId),
    ...(parentSpanId === undefined ? {} : { parentSpanContext: context(parentSpanId) }),
    startTime: timeOf(startMs),
    endTime: timeOf(endMs),
    duration: timeOf(endMs - startMs),
    ended: true,
    status: { code: STATUS[status] },
    attributes: attributes as ReadableSpan['attributes'],
    events: events.map(event => ({
      name: event.name,
      time: timeOf(event.ms),
      attributes: event.attributes as ReadableSpan['attributes'],
    })),
    links: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** `DataPointType.GAUGE` of the metrics SDK, which is only a type here. */
const GAUGE = 2;

function gauges(figures: readonly ToldFigure[], ms: number, resource: Resource): ResourceMetrics {
  const time = timeOf(ms);
  const metrics = figures
    .filter(({ series }) => series.length > 0)
    .map(({ name, help, series }) => ({
      descriptor: { name, description: help, unit: '', valueType: 1, type: 'GAUGE' },
      aggregationTemporality: 1,
      dataPointType: GAUGE,
      dataPoints: series.map(({ labels, value }) => ({ startTime: time, endTime: time, attributes: labels, value })),
    }));
  return { resource, scopeMetrics: [{ scope: SCOPE, metrics }] } as unknown as ResourceMetrics;
}

/** Seconds and nanoseconds of ms. */
function timeOf(ms: number): [seconds: number, nanoseconds: number] {
  const whole = Math.floor(ms / 1_000);
  return [whole, Math.round((ms - whole * 1_000) * 1e6)];
}

function bytesOf(body: Uint8Array | undefined): Uint8Array {
  if (body === undefined) throw new Error('nothing was encoded');
  return body;
}
