import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A server that knows only what the reference's servers know: its routes, its required fields, its answers. `first` is
 * the one that browsers connect to; `second` has four routes more and refuses with its framework's 422.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A POST that was answered with 200. */
export interface Taken {
  readonly route: string;
  readonly body: Fields;
}

/** What to answer instead of what the route would. */
export type Trouble = { readonly status: number; readonly headers?: Record<string, string> } | undefined;

/** A running reference server. */
export interface ReferenceServer {
  readonly url: string;
  /** POSTs that were taken, in the order in which their answers were sent. */
  readonly taken: Taken[];
  /** How often each route was posted to, whatever was answered. */
  readonly asked: Map<string, number>;
  /** Most POSTs that were under way at the same time. */
  readonly inFlightMax: () => number;
  /** Where the cards of its board are, by ADW: it keeps what it is told. */
  readonly cards: Map<string, string>;
  /** Asked before each POST. */
  trouble: (route: string, body: Fields) => Trouble;
  close(): Promise<void>;
}

const STAGES = 'backlog plan build test review document ready-to-merge pr completed errored'.split(' ');

type Answer = Fields | string;
const refuse = (text: string): string => text;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Needs fields that are there and not empty, then says its sentence. */
const announce = (required: readonly string[], message: string) => (body: Fields) =>
  required.every(field => isText(body[field]))
    ? { status: 'success', message, adw_id: body.adw_id }
    : refuse(`Missing required fields: ${required.join(', ')}`);

const UPDATES: Readonly<Record<string, readonly string[]>> = {
  status_update: ['adw_id', 'workflow_name', 'status', 'message', 'timestamp'],
  workflow_log: ['adw_id', 'workflow_name', 'message', 'level', 'timestamp'],
};
const STATE_TYPES =
  'state_change log_entry file_operation thinking tool_execution_pre tool_execution_post text_block'.split(' ');

const FIRST: Readonly<Record<string, (body: Fields) => Answer>> = {
  '/api/workflow-updates': ({ type, data }) => {
    const required = UPDATES[String(type)];
    if (required === undefined) return refuse(`Unknown message type: ${type}`);
    const missing = required.filter(field => !Object.hasOwn(Object(data), field));
    if (missing.length > 0) return refuse(`Missing required fields: ${missing.join(', ')}`);
    return { status: 'success', message: 'Update broadcasted to all clients', clients_count: 0 };
  },
  '/api/stage-event': ({ adw_id, event_type, to_stage, from_stage }) => {
    if (!isText(adw_id)) return refuse('Missing required field: adw_id');
    if (event_type !== undefined) return refuse('only moves told directly are tried here');
    if (!isText(to_stage)) return refuse('Missing required field: to_stage');
    if (!STAGES.includes(to_stage))
      return refuse(`Invalid to_stage: ${to_stage}. Must be one of: ${STAGES.join(', ')}`);
    const message = `Stage transition broadcasted: ${from_stage} -> ${to_stage}`;
    return { status: 'success', message, adw_id, to_stage, db_persisted: true, clients_count: 0 };
  },
  '/api/agent-state-update': ({ adw_id, event_type, data, timestamp }) => {
    if (!isText(adw_id) || !isText(event_type)) return refuse("Missing 'adw_id' or 'event_type' in request");
    if (!STATE_TYPES.includes(event_type)) return refuse(`Unknown event type: ${event_type}`);
    if (typeof data !== 'object' || data === null || !isText(timestamp))
      return refuse('a client sends all four fields');
    return { status: 'success', message: 'Agent state update broadcasted', adw_id, event_type };
  },
  '/api/workflow-phase-transition': announce(['adw_id', 'phase_to'], 'Phase transition broadcasted'),
  '/api/agent-output-chunk': announce(['adw_id', 'agent_role', 'content'], 'Agent output chunk broadcasted'),
  '/api/screenshot-available': announce(['adw_id', 'screenshot_path'], 'Screenshot notification broadcasted'),
  '/api/spec-created': announce(['adw_id', 'spec_path'], 'Spec creation notification broadcasted'),
};

const SECOND: typeof FIRST = {
  ...FIRST,
  '/api/agent-log-entry': announce(['adw_id', 'message'], 'Agent log entry broadcasted'),
  '/api/file-operation': announce(['adw_id', 'file_path', 'operation'], 'File operation broadcasted'),
  '/api/agent-thinking': announce(['adw_id', 'content'], 'Agent thinking broadcasted'),
  '/api/tool-execution': announce(['adw_id', 'tool_name', 'phase'], 'Tool execution broadcasted'),
};

const HEALTH = {
  first: { status: 'healthy', service: 'adw-websocket-trigger', active_connections: 0, error: null },
  second: { status: 'healthy' },
};

/** Starts one. @param without routes that it does not have after all */
export async function startReferenceServer(
  kind: 'first' | 'second' = 'first',
  { without = [] as readonly string[], delayMs = 0 } = {},
): Promise<ReferenceServer> {
  const routes = kind === 'first' ? FIRST : SECOND;
  const taken: Taken[] = [];
  const asked = new Map<string, number>();
  let inFlight = 0;
  let inFlightMax = 0;
  const cards = new Map<string, string>();
  const reference: Pick<ReferenceServer, 'taken' | 'asked' | 'cards' | 'trouble'> = {
    ...{ taken, asked, cards },
    trouble: () => undefined,
  };

  const post = async (route: string, body: Fields, outgoing: ServerResponse) => {
    asked.set(route, (asked.get(route) ?? 0) + 1);
    inFlightMax = Math.max(inFlightMax, ++inFlight);
    if (delayMs > 0) await new Promise(resolve => setTimeout(resolve, delayMs));
    inFlight -= 1;
    const trouble = reference.trouble(route, body);
    if (trouble !== undefined) return send(outgoing, trouble.status, { error: 'in trouble' }, trouble.headers);
    const handle = without.includes(route) ? undefined : routes[route];
    if (handle === undefined) return send(outgoing, 404, { detail: 'Not Found' });
    const answer = handle(body);
    if (typeof answer === 'string') return send(outgoing, kind === 'first' ? 400 : 422, { error: answer });
    taken.push({ route, body });
    if (route === '/api/stage-event') cards.set(String(body.adw_id), String(body.to_stage));
    send(outgoing, 200, answer);
  };
  const server = createServer(async (incoming, outgoing) => {
    const body = await jsonOf(incoming).catch(() => undefined);
    // Its sender was killed in the middle of it.
    if (body === undefined) return;
    if (incoming.method === 'POST') return post(incoming.url ?? '', body, outgoing);
    if (incoming.url === '/health') return send(outgoing, 200, HEALTH[kind]);
    const card = cards.get(incoming.url?.replace('/api/adws/', '') ?? '');
    if (card !== undefined) return send(outgoing, 200, { current_stage: card });
    send(outgoing, 404, { detail: 'Not Found' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(reference, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inFlightMax: () => inFlightMax,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

async function jsonOf(incoming: IncomingMessage): Promise<Fields> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Fields);
}

function send(outgoing: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
