import { createServer } from 'node:net';
import { formatBytes, formatDuration } from '../../adw/format.ts';
import { ERRORS, messageOf, systemCode } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import { type Finding, finding } from './check.ts';

/** How long anything on the network may take, ms. */
export const PATIENCE_MS = 3_000;
/** What to do where something else answers. */
const WRONG_SERVER = ERRORS.wrong_server.hint;
/** More than this between two clocks makes times hard to compare, ms. */
const SKEW_MS_MAX = 5_000;

/** What is read of a server's health; a reference server has less. */
interface Health {
  readonly status?: string;
  readonly error?: string | null;
  readonly adw_stream?: { readonly version?: string };
  readonly store?: { readonly kind?: string; readonly last_seq?: number; readonly bytes?: number };
}

/** Whether `serve` could listen there, or an adw-stream already does. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const listening = finding('port');
  if (port === 0) return listening.ok('any free one');
  const error = await new Promise<unknown>(resolve => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (error === undefined) return listening.ok(`${port} is free on ${host}`);
  if (systemCode(error) !== 'EADDRINUSE') {
    return listening.problem(
      `cannot listen on ${host}:${port} (${messageOf(error)})`,
      'Choose another --host or --port.',
    );
  }
  const health = await healthOf(`http://${host}:${port}`).catch(() => undefined);
  if (health?.body.adw_stream) return listening.ok(`an adw-stream server listens on ${port}`);
  return listening.warning(`another program has ${port}`, 'Choose another with --port, or stop that program.');
}

/** Whether the server answers, which kind it is, how it is, and whether its clock agrees with ours. */
export async function checkServer(server: string, token: string | undefined, nowMs: () => number): Promise<Finding[]> {
  const reached = finding('server');
  const sentMs = nowMs();
  const health = await healthOf(server).catch((error: unknown) => error);
  if (!isAnswer(health)) {
    const why = messageOf(health instanceof Error && health.cause ? health.cause : health);
    return [reached.warning(`${server} does not answer (${why})`, 'Start one with: adw-stream serve')];
  }
  const { body, date } = health;
  const { serverKindOf } = await import('../../sidecar/deliver/server-kind.ts');
  const ours = body.adw_stream;
  if (ours === undefined && serverKindOf(body).kind === 'unknown') {
    return [reached.problem(`${server} answers, and is no server for ADWs by its health check`, WRONG_SERVER)];
  }
  if (ours === undefined) {
    return [reached.ok(`${server} answers, a reference server: lines are delivered, positions are kept here`)];
  }
  const findings = [reached.ok(`${server} answers, adw-stream ${ours.version ?? ''}`.trimEnd())];
  if (ours.version !== VERSION) {
    findings.push(
      finding('version').warning(`the server is ${ours.version}, this is ${VERSION}`, 'Use the same version on both.'),
    );
  }
  findings.push(storeFinding(body), await tokenFinding(server, token));
  const skewMs = Math.abs(date - (sentMs + nowMs()) / 2);
  // The Date header counts whole seconds.
  if (skewMs > SKEW_MS_MAX + 1_000) {
    const remedy = 'Set both clocks by NTP.';
    findings.push(finding('clock').warning(`it differs from the server’s by ${formatDuration(skewMs)}`, remedy));
  } else if (!Number.isNaN(skewMs)) findings.push(finding('clock').ok('agrees with the server’s'));
  return findings;
}

function storeFinding({ status, error, store }: Health): Finding {
  const health = finding('store');
  // The newest seq is no count: retention leaves gaps, and in JetStream every commit does.
  const figures = `${store?.kind ?? 'store'}, newest seq ${store?.last_seq ?? 0}, ${formatBytes(store?.bytes ?? 0)}`;
  if (status === 'healthy') return health.ok(figures);
  return health.problem(`${figures}: ${error ?? status ?? 'not healthy'}`, 'See what the server printed (stderr).');
}

async function tokenFinding(server: string, token: string | undefined): Promise<Finding> {
  const access = finding('token');
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${server}/api/v1/adws`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    () => undefined,
  );
  if (response?.ok) return access.ok(token === undefined ? 'none is needed' : 'is accepted');
  if (response?.status === 401) {
    const message = token === undefined ? 'the server wants one' : 'is not accepted';
    return access.problem(message, 'Give the token with --token or ADW_STREAM_TOKEN.');
  }
  return access.warning(
    `could not be tried (${response?.status ?? 'no answer'})`,
    'See what the server printed (stderr).',
  );
}

interface HealthAnswer {
  readonly body: Health;
  /** The server's clock, ms since the Unix epoch; NaN where it does not say. */
  readonly date: number;
}

async function healthOf(server: string): Promise<HealthAnswer> {
  const response = await fetch(`${server}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const body: unknown = await response.json().catch(() => undefined);
  return {
    body: typeof body === 'object' && body !== null ? body : {},
    date: Date.parse(response.headers.get('date') ?? ''),
  };
}

function isAnswer(value: unknown): value is HealthAnswer {
  return typeof value === 'object' && value !== null && 'body' in value;
}
