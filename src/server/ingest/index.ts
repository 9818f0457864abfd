export { acceptOwnArtifact } from './artifact-upload.ts';
export { createIngest, type Ingest, type IngestOptions } from './ingest.ts';
export { type IngestRouteOptions, ingestRoutes } from './routes.ts';
