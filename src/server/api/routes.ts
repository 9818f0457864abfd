import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { IdFormat } from '../../adw/id.ts';
import type { JudgementLimits } from '../../adw/silence.ts';
import type { Clock } from '../../base/clock.ts';
import type { Store } from '../store/store.ts';
import { adwRoutes } from './adws.ts';
import { type AlarmReads, alarmRoutes } from './alarms.ts';
import { artifactRoutes } from './artifacts.ts';
import { DASHBOARD_DIR, dashboardRoutes } from './dashboard.ts';
import { asyncApiDocument } from './documents/asyncapi.ts';
import { openApiDocument } from './documents/openapi.ts';
import { OPERATIONS } from './documents/operations.ts';
import { exportRoute } from './export.ts';
import { healthRoute } from './health.ts';
import { type FanoutFigures, metricsRoute } from './metrics.ts';
import { createPast } from './past.ts';
import { boardRoutes, viewerRoutes } from './reference/adws.ts';
import { logRoutes } from './reference/logs.ts';
import { notOfferedRoutes } from './reference/not-offered.ts';
import { rowRoutes } from './rows.ts';
import { searchRoute } from './search.ts';
import type { States } from './states.ts';

/** What {@link apiRoutes} shows. */
export interface ApiOptions {
  readonly store: Store;
  readonly states: States;
  readonly limits: JudgementLimits;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly idFormat: IdFormat;
  readonly fanout: () => FanoutFigures;
  readonly alarms: AlarmReads;
  /** The directory that this process watches, if it watches one. */
  readonly agentsDir?: string | undefined;
  readonly otherRuns?: number | undefined;
  /** Where the built dashboard is. */
  readonly dashboardDir?: string | undefined;
}

/** Everything that is read and not streamed: ADWs, artifacts, the reference's reads, health, metrics, documents, pages. */
export async function apiRoutes(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const {
    store,
    states,
    limits,
    registry,
    clock,
    idFormat,
    fanout,
    alarms,
    agentsDir,
    otherRuns,
    dashboardDir = DASHBOARD_DIR,
  } = options;
  await app.register(async scope => {
    // Half a picture would be a wrong one; everything else works while the log's past is being folded.
    scope.addHook('preHandler', () => states.ready);
    adwRoutes(scope, { store, states, past: createPast(store, limits), agentsDir, otherRuns });
    rowRoutes(scope, { store, states });
    searchRoute(scope, { store });
    artifactRoutes(scope, { store, states });
    exportRoute(scope, { store, states, clock });
    viewerRoutes(scope, { store, states });
    await scope.register(board => boardRoutes(board, { store, states, clock, idFormat }));
    logRoutes(scope, { store, states });
  });
  alarmRoutes(app, alarms);
  notOfferedRoutes(app);
  healthRoute(app, { store, clock, connections: () => fanout().connections });
  metricsRoute(app, registry, { store, states, fanout });
  documentRoutes(app);
  await dashboardRoutes(app, { dir: dashboardDir });
}

/** The documents are made when first asked for: they cost some ms, and most servers are never asked. */
function documentRoutes(app: FastifyInstance): void {
  const once = <Made>(make: () => Made) => {
    let made: Made | undefined;
    return () => (made ??= make());
  };
  app.get(
    '/openapi.json',
    once(() => openApiDocument(OPERATIONS)),
  );
  app.get('/asyncapi.json', once(asyncApiDocument));
}
