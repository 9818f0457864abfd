import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { shortHash } from '../../../src/event/id.ts';
import type { EventType } from '../../../src/event/types.ts';
import { countReports, meterAppends } from '../../../src/server/api/metrics.ts';
import { apiRoutes } from '../../../src/server/api/routes.ts';
import { createStates, type States } from '../../../src/server/api/states.ts';
import { installErrors } from '../../../src/server/http-errors.ts';
import { createHttpApp } from '../../../src/server/http-server.ts';
import { installAccessChecks, installNameChecks } from '../../../src/server/security/guard.ts';
import { installHeaders } from '../../../src/server/security/headers.ts';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { createSessions } from '../../../src/server/security/sessions.ts';
import { openSqliteStore } from '../../../src/server/store/sqlite/index.ts';
import type { AppendEvent, Store } from '../../../src/server/store/store.ts';
import { holdToDocuments } from '../../support/documents.ts';

/** What is shown of a real store over real sockets, without the ways in. */
export interface Shown {
  readonly url: string;
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly states: States;
  /** Appends events, made of type and data. */
  append(...events: readonly (readonly [EventType, Record<string, unknown>])[]): Promise<void>;
  /** GETs a path and parses the answer. */
  json(path: string): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Closes everything and removes the data. */
  close(): Promise<void>;
}

/** What {@link startShown} may be told. */
export interface ShownOptions {
  readonly clock?: Clock;
  readonly stallTimeoutMs?: number;
  readonly settleMs?: number;
  readonly dashboardDir?: string;
  /** Data directory to open again; made and removed when absent. */
  readonly dataDir?: string;
  /** Bytes that the database may take, as if the disk ended there. */
  readonly databaseBytesMax?: number;
}

/** Serves the reads of a SQLite store on a free port of this machine. */
export async function startShown(options: ShownOptions = {}): Promise<Shown> {
  const { clock = systemClock, stallTimeoutMs = 300_000, settleMs = 300_000, dashboardDir = '/nonexistent' } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'adw-shown-')));
  const limits = options.databaseBytesMax === undefined ? {} : { databaseBytesMax: options.databaseBytesMax };
  const registry = new Registry();
  const log = countReports(silentLogger, registry);
  const store = meterAppends(await openSqliteStore({ ...limits, dataDir, log }), { registry, log });
  const judgement = { stallTimeoutMs, settleMs };
  const states = createStates({ store, limits: judgement, clock, log: silentLogger });
  const trace = { log: silentLogger, refusals: createRefusalLog(silentLogger) };
  const app = createHttpApp({ tls: undefined, ...trace });
  const guard = { allowHosts: [], allowOrigins: [], idFormat: 'strict' as const };
  installErrors(app, trace);
  holdToDocuments(app);
  await installHeaders(app);
  installNameChecks(app, { ...guard, ...trace });
  const sessions = createSessions({ records: store.records, clock });
  installAccessChecks(app, { ...guard, sessions, countWrongToken: async () => {} });
  await app.register(apiRoutes, {
    store,
    states,
    limits: judgement,
    registry,
    clock,
    idFormat: 'strict',
    dashboardDir,
    alarms: { shown: () => ({ rules: [], actions: [], waiting: 0 }), test: async () => [] },
    fanout: () => ({ connections: 2, lagMax: 3, eventsSent: 4, bytesSent: 5 }),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  await states.ready;
  return {
    url,
    app,
    store,
    states,
    append: async (...events) => {
      await store.append(events.map(([type, data]) => ({ kind: 'event', event: appendEvent(type, data) })));
    },
    json: async path => {
      const response = await fetch(url + path);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    close: async () => {
      await app.close();
      await states.close();
      await store.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

let made = 0;

/** An event as ingest makes it for the store. */
function appendEvent(type: EventType, data: Record<string, unknown>): AppendEvent {
  const adwId = String(data.adw_id ?? '1a2b3c4d');
  const eventId = String(data.event_id ?? shortHash(`test ${++made}`));
  const timestamp = String(data.timestamp ?? '2026-01-01T00:00:00.000Z');
  const full = { ...data, adw_id: adwId, event_id: eventId, timestamp };
  return {
    type,
    adwId,
    eventId,
    timeMs: Date.parse(timestamp),
    role: typeof data.agent_role === 'string' ? data.agent_role : undefined,
    durationMs: undefined,
    status: '',
    text: String(data.message ?? data.content ?? ''),
    dataJson: JSON.stringify(full),
  };
}
