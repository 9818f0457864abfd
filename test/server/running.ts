import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Logger } from '../../src/base/log.ts';
import { silentLogger } from '../../src/base/log.ts';
import { type ServerSurroundings, startServer } from '../../src/server/app.ts';
import type { RunningServer, ServerOptions } from '../../src/server/options.ts';
import { holdToDocuments } from '../support/documents.ts';
import { until } from '../support/until.ts';

/** A whole server on a free port of this machine, with a data directory of its own. */
export interface TestServer extends RunningServer {
  readonly port: number;
  readonly dataDir: string;
  /** Closes the server and removes its data. */
  remove(): Promise<void>;
}

/** Starts a server, whose answers are held to its documents; `overrides` beat the defaults of the tests. */
export async function startTestServer(
  overrides: Partial<ServerOptions> = {},
  surroundings: ServerSurroundings = { dashboardDir: '/nonexistent' },
): Promise<TestServer> {
  const dataDir = overrides.dataDir ?? (await mkdtemp(join(tmpdir(), 'adw-server-')));
  const running = await startServer(
    { ...serverOptions(dataDir), ...overrides },
    { observe: holdToDocuments, ...surroundings },
  );
  return {
    ...running,
    dataDir,
    port: Number(new URL(running.url).port),
    remove: async () => {
      await running.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Starts a server for the running test. */
export async function serverForTest(...overrides: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...overrides);
  onTestFinished(() => server.remove());
  return server;
}

/** What the tests start a server with. */
export function serverOptions(dataDir: string, log: Logger = silentLogger): ServerOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir,
    store: 'sqlite',
    idFormat: 'strict',
    allowHosts: [],
    allowOrigins: [],
    stallTimeoutMs: 300_000,
    settleMs: 300_000,
    heartbeatMs: 30_000,
    rateLimit: 600_000,
    log,
  };
}

/**
 * Waits until the log holds the server's own word on how a run stands, which comes a moment after the run's events and is a row and
 * an event like any other: what is counted afterwards stays what it is.
 */
export async function untilStateSaid(url: string, adwId: string): Promise<void> {
  const read = async (path: string) => (await fetch(`${url}/api/v1/adws/${adwId}${path}`)).json();
  await until(`the server has said how ${adwId} stands`, async () => {
    const { events } = (await read('/events?type=adw_status')) as { events: { data: { status: string } }[] };
    const { status } = (await read('')) as { status: string };
    return events.at(-1)?.data.status === status;
  });
}

/** Sends an event and answers what the server says. */
export async function postEvents(url: string, events: readonly unknown[], headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
    body: events.map(event => JSON.stringify(event)).join('\n'),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Writes bytes to a socket as they are, and answers what comes back until the server closes. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise(resolve => {
    let received = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    const done = () => {
      socket.destroy();
      resolve(received);
    };
    socket.setEncoding('utf8').on('data', data => {
      received += data;
    });
    socket.on('error', done).on('close', done);
  });
}

/** A request with exactly these headers, and nothing tidied up in its path. */
export async function rawRequest(
  port: number,
  { method = 'GET', path = '/', headers = {} }: { method?: string; path?: string; headers?: Record<string, string> },
): Promise<{ status: number; head: string; body: string }> {
  const all = { host: `127.0.0.1:${port}`, connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const answer = await rawExchange(port, `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head: head.toLowerCase(),
    body: rest.join('\r\n\r\n'),
  };
}
