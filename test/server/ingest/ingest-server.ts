import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import type { IdFormat } from '../../../src/adw/id.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { BODY_BYTES_MAX } from '../../../src/event/limits.ts';
import { installErrors } from '../../../src/server/http-errors.ts';
import { createIngest, type Ingest, ingestRoutes } from '../../../src/server/ingest/index.ts';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { openSqliteStore } from '../../../src/server/store/sqlite/index.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { holdToDocuments } from '../../support/documents.ts';

/** When every test happens. */
export const NOW = '2026-01-01T12:00:00.000Z';
const clock: Clock = { now: () => Date.parse(NOW) };

/** The ingest routes on a real store, without sockets: fastify's inject goes through all of its lifecycle. */
export interface IngestServer {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly ingest: Ingest;
  /** POSTs a JSON body and answers status and parsed body. */
  post(url: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Every event of the log: its type and data. */
  log(): Promise<{ type: string; data: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

/** Subscribers that the answers of the tests name. */
export const CLIENTS = 3;

export async function startIngestServer({ idFormat = 'strict' as IdFormat } = {}): Promise<IngestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'adw-ingest-'));
  const store = await openSqliteStore({ dataDir, log: silentLogger, clock });
  const ingest = createIngest({ store, idFormat, clock, log: silentLogger });
  const app = fastify({ bodyLimit: BODY_BYTES_MAX, routerOptions: { maxParamLength: 2_000 } });
  installErrors(app, { log: silentLogger, refusals: createRefusalLog(silentLogger) });
  holdToDocuments(app);
  await app.register(ingestRoutes(ingest, { subscriberCount: () => CLIENTS }));
  return {
    app,
    store,
    ingest,
    async post(url, body) {
      const response = await app.inject({
        method: 'POST',
        url,
        payload: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      return { status: response.statusCode, body: response.json() };
    },
    async log() {
      const events = await store.read({ limit: 10_000 });
      return events.map(({ type, dataJson }) => ({ type, data: JSON.parse(dataJson) as Record<string, unknown> }));
    },
    async close() {
      await app.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
