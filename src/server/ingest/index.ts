export { createIngest, type Ingest, type IngestOptions, type IngestStats } from './ingest.ts';
export { type IngestRouteOptions, ingestRoutes } from './routes.ts';
