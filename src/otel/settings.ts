import { AdwStreamError } from '../base/errors.ts';
import { hideUserInfo } from '../base/user-info.ts';
import type { Attributes } from './span.ts';

/** How OTLP/HTTP carries what it is given. */
export type OtlpProtocol = 'http/protobuf' | 'http/json';

/** Where one signal goes, and how. */
export interface OtlpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: OtlpProtocol;
  readonly gzip: boolean;
  /** ms that a request may take. */
  readonly timeoutMs: number;
}

/** What is sent where. */
export interface OtlpSettings {
  /** Absent where `OTEL_TRACES_EXPORTER` is `none`. */
  readonly traces: OtlpTarget | undefined;
  /** Absent where `OTEL_METRICS_EXPORTER` is `none`. */
  readonly metrics: OtlpTarget | undefined;
  /** ms between two times that metrics are sent. */
  readonly metricsEveryMs: number;
  /** Whether prompts, outputs and arguments are sent. */
  readonly content: boolean;
  /** What sends: `service.name` and what `OTEL_RESOURCE_ATTRIBUTES` adds. */
  readonly resource: Attributes;
}

/** What {@link otlpSettings} takes. */
export interface OtlpSources {
  /** Base URL, as `OTEL_EXPORTER_OTLP_ENDPOINT`, which it takes the place of; one that ends with `/v1/traces` is fine. */
  readonly url: string | undefined;
  readonly content: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Signal = 'traces' | 'metrics';

const TIMEOUT_MS = 10_000;
/** A timer of Node takes no more, nearly 25 days. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
const METRICS_EVERY_MS = 60_000;

/**
 * Where traces and metrics go: to `url`, or where the standard `OTEL_EXPORTER_OTLP_*` variables say (OpenTelemetry
 * Protocol Exporter), those of a signal before those of all. Undefined where neither names an address.
 * @throws AdwStreamError invalid_option for what cannot be read, or is not offered (gRPC)
 */
export function otlpSettings({ url, content, env }: OtlpSources): OtlpSettings | undefined {
  if (/^true$/i.test(env.OTEL_SDK_DISABLED ?? '')) return undefined;
  const target = (signal: Signal) => targetOf(signal, url, env);
  const [traces, metrics] = [target('traces'), target('metrics')];
  if (traces === undefined && metrics === undefined) return undefined;
  const resource = Object.fromEntries(pairs(env.OTEL_RESOURCE_ATTRIBUTES ?? '', 'OTEL_RESOURCE_ATTRIBUTES'));
  const name = env.OTEL_SERVICE_NAME || resource['service.name'] || 'adw-stream';
  const every = numberIn(env, ['OTEL_METRIC_EXPORT_INTERVAL']) ?? METRICS_EVERY_MS;
  return { traces, metrics, metricsEveryMs: every, content, resource: { ...resource, 'service.name': name } };
}

function targetOf(signal: Signal, given: string | undefined, env: OtlpSources['env']): OtlpTarget | undefined {
  if (env[`OTEL_${signal.toUpperCase()}_EXPORTER`] === 'none') return undefined;
  const names = (what: string) => [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`, `OTEL_EXPORTER_OTLP_${what}`];
  const own = given === undefined ? env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`] : undefined;
  const base = given ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = own ? checked(own) : base ? pathOf(checked(base), signal) : undefined;
  if (url === undefined) return undefined;
  const [headerName, headers] = firstOf(env, names('HEADERS'));
  return {
    url: url.href,
    headers: headersOf(headers, headerName),
    protocol: protocolOf(...firstOf(env, names('PROTOCOL'))),
    gzip: compressionOf(...firstOf(env, names('COMPRESSION'))),
    timeoutMs: Math.min(Math.ceil(numberIn(env, names('TIMEOUT')) ?? TIMEOUT_MS), TIMEOUT_MS_MAX),
  };
}

/** The signal's URL below a base: the path is added to, as the specification says. */
function pathOf(base: URL, signal: Signal): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/v1\/(?:traces|metrics)\/?$/, '').replace(/\/$/, '')}/v1/${signal}`;
  return url;
}

function checked(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // fetch takes no such URL, and would repeat the password in its message.
  if (url !== undefined && `${url.username}${url.password}` !== '') {
    const instead = 'give it in OTEL_EXPORTER_OTLP_HEADERS';
    throw new AdwStreamError('invalid_option', `"${hideUserInfo(text)}" for OTLP holds a password: ${instead}.`);
  }
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new AdwStreamError('invalid_option', `"${hideUserInfo(text)}" is no http:// or https:// URL for OTLP.`);
}

/** Headers that can be sent: what cannot is told at the start, and without its value, which is a secret. */
function headersOf(text: string, variable: string): Record<string, string> {
  const found = pairs(text, variable);
  for (const [name, value] of found) {
    try {
      new Headers([[name, value]]);
    } catch {
      const problem = 'cannot be sent: its name or its value holds what HTTP does not allow';
      throw new AdwStreamError('invalid_option', `A header in ${variable} ${problem} ("${name}").`);
    }
  }
  return Object.fromEntries(found);
}

function protocolOf(variable: string, text: string): OtlpProtocol {
  if (text === '' || text === 'http/protobuf') return 'http/protobuf';
  if (text === 'http/json') return text;
  throw notOffered(variable, text, 'http/protobuf and http/json are');
}

function compressionOf(variable: string, text: string): boolean {
  if (text === '' || text === 'none') return false;
  if (text === 'gzip') return true;
  throw notOffered(variable, text, 'gzip and none are');
}

/** The variables may be meant for the agents that run here, which send telemetry of their own. */
function notOffered(variable: string, text: string, offered: string): AdwStreamError {
  const hint = `${offered}. OTEL_SDK_DISABLED=true sends nothing.`;
  return new AdwStreamError('invalid_option', `${variable} is "${text}", which is not offered; ${hint}`);
}

function firstOf(env: OtlpSources['env'], names: readonly string[]): [name: string, value: string] {
  const name = names.find(one => env[one]) ?? names[0] ?? '';
  return [name, env[name]?.trim() ?? ''];
}

function numberIn(env: OtlpSources['env'], names: readonly string[]): number | undefined {
  const [name, text] = firstOf(env, names);
  if (text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new AdwStreamError('invalid_option', `${name} is no number of milliseconds: "${text}".`);
}

/** `a=1,b=2` as the W3C's baggage writes it: values may be percent encoded. */
function pairs(text: string, name: string): [key: string, value: string][] {
  return text
    .split(',')
    .map(pair => pair.trim())
    .filter(pair => pair !== '')
    .map(pair => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new AdwStreamError('invalid_option', `${name} is no list of name=value.`);
      const value = pair.slice(at + 1).trim();
      return [pair.slice(0, at).trim(), decoded(value)];
    });
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
