import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** A decoded span, with what it hangs on. Times are ns since the Unix epoch, as text. */
export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly statusCode: number;
  readonly resource: Readonly<Record<string, unknown>>;
}

const root = protobuf.Root.fromJSON(
  JSON.parse(readFileSync(new URL('./opentelemetry-proto.json', import.meta.url), 'utf8')) as protobuf.INamespace,
);
const COLLECTOR = 'opentelemetry.proto.collector';
const TYPES = {
  traces: root.lookupType(`${COLLECTOR}.trace.v1.ExportTraceServiceRequest`),
  metrics: root.lookupType(`${COLLECTOR}.metrics.v1.ExportMetricsServiceRequest`),
};

/** A message of OpenTelemetry's own files. @throws when the bytes hold anything that those do not know */
export function decodeStrictly(signal: keyof typeof TYPES, body: Uint8Array): Record<string, unknown> {
  const type = TYPES[signal];
  const message = type.decode(body);
  // What the files do not know is passed over when it is read: it would be missing here.
  if (!Buffer.from(type.encode(message).finish()).equals(body)) throw new Error(`not all of ${signal} was understood`);
  return type.toObject(message, { longs: String, bytes: Buffer, defaults: false }) as Record<string, unknown>;
}

/** The same of a JSON body: names in lowerCamelCase, ids in hexadecimal digits, times as text. @throws at what is not known */
export function decodeJsonStrictly(signal: keyof typeof TYPES, body: Uint8Array): Record<string, unknown> {
  const type = TYPES[signal];
  const given = snake(JSON.parse(Buffer.from(body).toString('utf8'))) as Record<string, unknown>;
  const message = type.fromObject(given);
  const problem = type.verify(message);
  if (problem !== null) throw new Error(problem);
  const known = type.toObject(message, { longs: String, bytes: Buffer, arrays: true });
  const missing = [...namesMissing(given, known)];
  if (missing.length > 0) throw new Error(`not all of ${signal} was understood: ${missing}`);
  return known as Record<string, unknown>;
}

/** The members that one value has and the other has not. */
function* namesMissing(given: unknown, known: unknown, at = ''): Iterable<string> {
  if (typeof given !== 'object' || given === null || Buffer.isBuffer(given)) return;
  if (typeof known !== 'object' || known === null) return yield at;
  for (const [name, value] of Object.entries(given)) {
    if (name in known) yield* namesMissing(value, (known as Record<string, unknown>)[name], `${at}.${name}`);
    else yield `${at}.${name}`;
  }
}

/** `traceId` → `trace_id`, and ids from hexadecimal digits to bytes. */
function snake(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(one => snake(one));
  if (/^(?:trace|span|parent_span)_id$/.test(key)) return Buffer.from(String(value), 'hex');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const known = name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
      return [known, snake(one, known)];
    }),
  );
}

type Wire = Readonly<Record<string, unknown>>;
const listOf = (value: unknown): readonly Wire[] => (value ?? []) as readonly Wire[];

/** The spans of a request. */
export function spansOf(request: Wire): DecodedSpan[] {
  return listOf(request.resource_spans).flatMap(({ resource, scope_spans }) =>
    listOf(scope_spans).flatMap(({ spans }) =>
      listOf(spans).map(span => ({
        traceId: hex(span.trace_id),
        spanId: hex(span.span_id),
        parentSpanId: hex(span.parent_span_id),
        name: String(span.name),
        kind: Number(span.kind),
        start: BigInt(String(span.start_time_unix_nano)),
        end: BigInt(String(span.end_time_unix_nano)),
        attributes: attributesOf(span.attributes),
        events: listOf(span.events).map(event => ({
          name: String(event.name),
          attributes: attributesOf(event.attributes),
        })),
        statusCode: Number((span.status as Wire | undefined)?.code ?? 0),
        resource: attributesOf((resource as Wire).attributes),
      })),
    ),
  );
}

function hex(bytes: unknown): string {
  return Buffer.from((bytes as Uint8Array | undefined) ?? []).toString('hex');
}

function attributesOf(list: unknown): Record<string, unknown> {
  return Object.fromEntries(listOf(list).map(({ key, value }) => [String(key), wordOf(value as Wire)]));
}

function wordOf(value: Wire): unknown {
  if (value.int_value !== undefined) return Number(value.int_value);
  if (value.array_value !== undefined) return listOf((value.array_value as Wire).values).map(wordOf);
  return value.string_value ?? value.bool_value ?? value.double_value;
}
