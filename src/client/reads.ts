import type { AdwSummary } from '../adw/summary-shape.ts';
import { AdwStreamError, ERRORS, type ErrorCode, messageOf, systemCode } from '../base/errors.ts';
import type { LogEvent } from '../event/schema.ts';
import type { EventType } from '../event/types.ts';
import { type Endpoint, endpointOf } from './link.ts';
import { headersOf } from './sse-link.ts';

/** What every read of the server is asked with. */
export interface ReadOptions {
  readonly token?: string;
  /** The platform's, unless given. */
  readonly fetch?: typeof fetch;
}

/** Every known ADW. */
export interface Adws {
  readonly epoch: string;
  readonly last_seq: number;
  /** The directory that the server's process watches; null where sidecars do. */
  readonly agents_dir: string | null;
  /** Runs in it whose ids the server's `--id-format` leaves out. */
  readonly other_runs: number;
  readonly adws: readonly AdwSummary[];
}

/** Which events to read. `after` and `before` are exclusive seqs; with `before` alone, the newest before it. */
export interface EventsQuery {
  readonly after?: number;
  readonly before?: number;
  readonly limit?: number;
  readonly type?: readonly EventType[];
  readonly role?: string;
  /** Words that all occur in the event. */
  readonly q?: string;
  /** Whether `q` is still being typed: its last word, from two characters on, may then be the beginning of one. */
  readonly asTyped?: boolean;
}

/** A page of events, in seq order. */
export interface EventsPage {
  readonly epoch: string;
  readonly events: readonly LogEvent[];
  /** Whether there are more in the direction in which the page was read. */
  readonly more: boolean;
  /** Of a search that has read very many events and is to be asked again: the seq to go on after, or before. */
  readonly next?: number;
}

/** What a view of an ADW begins with. */
export interface Newest {
  readonly epoch: string;
  /** In seq order. */
  readonly events: readonly LogEvent[];
  /** Null while the log does not know the ADW. */
  readonly adw: AdwSummary | null;
}

/** The columns of a whole ADW, of equal length, in seq order. */
export interface EventIndex {
  readonly epoch: string;
  readonly last_seq: number;
  readonly seq: readonly number[];
  /** ms since the Unix epoch. */
  readonly t: readonly number[];
  readonly type: readonly string[];
  readonly role: readonly (string | null)[];
  /** ms. */
  readonly duration: readonly (number | null)[];
  readonly status: readonly string[];
}

/** A stored file of an ADW. */
export interface Artifact {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly media_type: string;
  readonly stored_at: string;
  readonly url: string;
}

/** The reads of a server. Every one rejects with an {@link AdwStreamError}; an aborted one with the signal's reason. */
export interface Reads {
  fetchAdws(signal?: AbortSignal): Promise<Adws>;
  fetchAdw(adwId: string, signal?: AbortSignal): Promise<AdwSummary>;
  fetchEvents(adwId: string, query?: EventsQuery, signal?: AbortSignal): Promise<EventsPage>;
  /** Summary and newest events in one answer; of unknown ADWs too. */
  fetchNewest(adwId: string, query?: Pick<EventsQuery, 'limit' | 'type'>, signal?: AbortSignal): Promise<Newest>;
  fetchIndex(adwId: string, signal?: AbortSignal): Promise<EventIndex>;
  fetchArtifacts(adwId: string, signal?: AbortSignal): Promise<readonly Artifact[]>;
  /** The newest bytes of an artifact, or those with a digest. */
  fetchArtifact(adwId: string, path: string, sha256?: string, signal?: AbortSignal): Promise<Blob>;
  /** Where the newest bytes of an artifact are, or those with a digest. */
  artifactUrl(adwId: string, path: string, sha256?: string): string;
}

/** The reads of the server at `url`. */
export function createReads(url: string | URL, { token, fetch = globalThis.fetch }: ReadOptions = {}): Reads {
  const endpoint = endpointOf(url, token);
  const ofAdw = (adwId: string) => `/api/v1/adws/${encodeURIComponent(adwId)}`;
  const artifactPath = (adwId: string, path: string, sha256?: string) => {
    const version = sha256 === undefined ? '' : `?sha256=${encodeURIComponent(sha256)}`;
    return `${ofAdw(adwId)}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}${version}`;
  };
  const get = <Answer>(path: string, signal?: AbortSignal) => getJson<Answer>(endpoint, path, { fetch, signal });
  return {
    fetchAdws: signal => get('/api/v1/adws', signal),
    fetchAdw: (adwId, signal) => get(ofAdw(adwId), signal),
    fetchEvents: (adwId, query = {}, signal) => get(`${ofAdw(adwId)}/events${queryText(query)}`, signal),
    fetchNewest: (adwId, query = {}, signal) => get(`${ofAdw(adwId)}/newest${queryText(query)}`, signal),
    fetchIndex: (adwId, signal) => get(`${ofAdw(adwId)}/index`, signal),
    fetchArtifacts: async (adwId, signal) =>
      (await get<{ artifacts: Artifact[] }>(`${ofAdw(adwId)}/artifacts`, signal)).artifacts,
    fetchArtifact: async (adwId, path, sha256, signal) =>
      (await getAnswer(endpoint, artifactPath(adwId, path, sha256), { fetch, signal })).blob(),
    artifactUrl: (adwId, path, sha256) => `${endpoint.base}${artifactPath(adwId, path, sha256)}`,
  };
}

function queryText({ after, before, limit, type, role, q, asTyped }: EventsQuery): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set('after', String(after));
  if (before !== undefined) query.set('before', String(before));
  if (limit !== undefined) query.set('limit', String(limit));
  if (type !== undefined) query.set('type', type.join(','));
  if (role !== undefined) query.set('role', role);
  if (q !== undefined) query.set('q', q);
  if (asTyped === true) query.set('as_typed', 'true');
  return query.size === 0 ? '' : `?${query}`;
}

/** How a request is made. */
interface Asking {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal | undefined;
}

/** Asks the server for JSON. @throws AdwStreamError with the server's code, or `server_unreachable` */
export async function getJson<Answer>(endpoint: Endpoint, path: string, asking: Asking): Promise<Answer> {
  return (await (await getAnswer(endpoint, path, asking, 'application/json')).json()) as Answer;
}

/** Asks the server for anything. @throws AdwStreamError with the server's code, or `server_unreachable` */
export async function getAnswer(
  endpoint: Endpoint,
  path: string,
  { fetch, signal }: Asking,
  accept = '*/*',
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(endpoint.base + path, {
      headers: { accept, ...headersOf(endpoint) },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw new AdwStreamError('server_unreachable', `${endpoint.base} does not answer (${reasonOf(error)}).`, {
      cause: error,
    });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** fetch itself only says that it failed; what it was about is the cause, or of several the code. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause) || systemCode(cause) || messageOf(error);
}

async function refusal(response: Response): Promise<AdwStreamError> {
  const body = (await response.json().catch(() => ({}))) as { code?: unknown; error?: unknown };
  const known = typeof body.code === 'string' && Object.hasOwn(ERRORS, body.code);
  const message = typeof body.error === 'string' ? body.error : `The server answered ${response.status}.`;
  return new AdwStreamError(known ? (body.code as ErrorCode) : 'server_refused', message);
}
