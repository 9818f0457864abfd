/** A value that OTLP carries as an attribute. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Attributes by name; those without a value are left out where they are set. */
export type Attributes = Record<string, AttributeValue>;

/** Something that happened within a span. */
export interface SpanEvent {
  readonly name: string;
  /** ms since the Unix epoch. */
  readonly ms: number;
  readonly attributes: Attributes;
}

/** A span that has ended. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'client';
  /** ms since the Unix epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly status: 'unset' | 'ok' | 'error';
}
